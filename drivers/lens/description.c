/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The service's description (WSDL 1.1) as a server publishes it at ?WSDL, from the tables: sections 2 to 8. */
#include <string.h>

#include "codec.h"
#include "tables.h"
#include "values.h"

#define SERVICE "MessengerPMSWSService"
#define PORT    SERVICE "Soap"

static const char *const type_names[] = {[LENS_TYPE_TEXT] = "xs:string",
                                         [LENS_TYPE_TIME] = "xs:dateTime",
                                         [LENS_TYPE_UNSIGNED] = "xs:unsignedInt",
                                         [LENS_TYPE_INT] = "xs:int",
                                         [LENS_TYPE_LONG] = "xs:long",
                                         [LENS_TYPE_BOOLEAN] = "xs:boolean",
                                         [LENS_TYPE_BASE64] = "xs:base64Binary",
                                         [LENS_TYPE_MAIN_REASON] = "t:MainReason",
                                         [LENS_TYPE_DETAIL_REASON] = "t:DetailReason",
                                         [LENS_TYPE_ROOMS] = "t:ArrayOfString",
                                         [LENS_TYPE_AREAS] = "t:ArrayOfCCommonAreas",
                                         [LENS_TYPE_RESPONSE] = "t:CMessengerResponse",
                                         [LENS_TYPE_FAULT] = "t:Fault"};

/* Operations that are described: all but the one whose form is not known here. */
static bool is_described(enum lens_operation operation)
{
    size_t count;
    return lens_operation_elements(operation, &count) != NULL;
}

/* ---- Types ----------------------------------------------------------------------------------------------------- */

static const char uuid_type[] = "<xs:simpleType name=\"Uuid\"><xs:restriction base=\"xs:string\"><xs:pattern value=\""
                                "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
                                "\"/></xs:restriction></xs:simpleType>";

static const char foreign_schemas[] =
    "<xs:element name=\"Action\" type=\"xs:string\"/><xs:element name=\"From\" type=\"xs:string\"/>"
    "<xs:element name=\"MessageID\" type=\"a:Uuid\"/><xs:element name=\"To\" type=\"xs:string\"/></xs:schema>"
    "<xs:schema targetNamespace=\"" LENS_URI_ANONYMOUS "\" elementFormDefault=\"qualified\">"
    "<xs:element name=\"ReplyTo\" type=\"xs:string\"/></xs:schema>"
    "<xs:schema targetNamespace=\"" LENS_URI_UTILITY "\" elementFormDefault=\"qualified\">"
    "<xs:element name=\"GuestName\" type=\"xs:string\"/><xs:element name=\"MainRoomNo\" type=\"xs:string\"/>"
    "<xs:element name=\"Timestamp\"><xs:complexType><xs:sequence><xs:element name=\"Id\" type=\"w:Uuid\"/>"
    "<xs:element name=\"Created\" type=\"xs:dateTime\"/><xs:element name=\"Expires\" type=\"xs:dateTime\"/>"
    "</xs:sequence></xs:complexType></xs:element>"
    "<xs:element name=\"UsernameToken\"><xs:complexType><xs:sequence><xs:element name=\"Id\" type=\"w:Uuid\"/>"
    "<xs:element name=\"Username\" type=\"xs:string\" minOccurs=\"0\"/>"
    "<xs:element name=\"Password\" type=\"xs:string\" minOccurs=\"0\"/>"
    "<xs:element name=\"Nonce\" type=\"xs:string\" minOccurs=\"0\"/><xs:element name=\"Created\" type=\"xs:dateTime\"/>"
    "</xs:sequence></xs:complexType></xs:element>";

static const char header_type[] =
    "<xs:element name=\"AuthHeader\" type=\"t:AuthHeader\"/>"
    "<xs:complexType name=\"AuthHeader\"><xs:sequence><xs:element ref=\"a:Action\" minOccurs=\"0\"/>"
    "<xs:element ref=\"a:From\" minOccurs=\"0\"/><xs:element ref=\"a:MessageID\"/>"
    "<xs:element ref=\"r:ReplyTo\" minOccurs=\"0\"/><xs:element ref=\"a:To\" minOccurs=\"0\"/>"
    "<xs:element name=\"Security\" minOccurs=\"0\"><xs:complexType><xs:sequence>"
    "<xs:element ref=\"w:Timestamp\" minOccurs=\"0\"/><xs:element ref=\"w:UsernameToken\" minOccurs=\"0\"/>"
    "</xs:sequence></xs:complexType></xs:element></xs:sequence></xs:complexType>";

static const char answer_types[] =
    "<xs:element name=\"CMessengerResponse\" type=\"t:CMessengerResponse\"/><xs:element name=\"Fault\" "
    "type=\"t:Fault\"/>"
    "<xs:complexType name=\"CMessengerResponse\"><xs:sequence><xs:element name=\"bSuccess\" type=\"xs:boolean\"/>"
    "<xs:element name=\"ResponseCode\" type=\"xs:int\"/>"
    "<xs:element name=\"ResponseMessage\" type=\"xs:string\" minOccurs=\"0\"/>"
    "<xs:element name=\"retAccessKey\" type=\"xs:string\" minOccurs=\"0\"/></xs:sequence></xs:complexType>"
    "<xs:complexType name=\"Fault\"><xs:sequence><xs:element name=\"faultcode\" type=\"xs:string\" minOccurs=\"0\"/>"
    "<xs:element name=\"faultstring\" type=\"xs:string\" minOccurs=\"0\"/>"
    "<xs:element name=\"detailInfo\" type=\"xs:string\" minOccurs=\"0\"/></xs:sequence></xs:complexType>"
    "<xs:complexType name=\"AnyOne\" mixed=\"true\"><xs:sequence><xs:any processContents=\"lax\"/></xs:sequence>"
    "</xs:complexType>"
    "<xs:complexType name=\"StaffResult\"><xs:sequence><xs:element name=\"bSuccess\" type=\"xs:boolean\"/>"
    "<xs:element name=\"ResponseCode\" type=\"xs:int\"/>"
    "<xs:element name=\"ResponseMessage\" type=\"xs:string\" minOccurs=\"0\"/>"
    "<xs:element name=\"retPMSTransactionNo\" type=\"xs:long\"/></xs:sequence></xs:complexType>"
    "<xs:complexType name=\"HistoryResult\"><xs:sequence>"
    "<xs:element name=\"RequestStatus\" type=\"t:AnyOne\" minOccurs=\"0\"/>"
    "<xs:element name=\"PMStransactionList\" type=\"t:ArrayOfTransactionStatusHistory\" minOccurs=\"0\"/>"
    "</xs:sequence></xs:complexType>"
    "<xs:complexType name=\"ArrayOfTransactionStatusHistory\"><xs:sequence>"
    "<xs:element name=\"TransactionStatusHistory\" type=\"t:TransactionStatusHistory\" minOccurs=\"0\""
    " maxOccurs=\"unbounded\"/></xs:sequence></xs:complexType>"
    "<xs:complexType name=\"TransactionStatusHistory\"><xs:sequence><xs:element name=\"ID\" type=\"xs:long\"/>"
    "<xs:element name=\"PMSTransactionNo\" type=\"xs:long\"/><xs:element name=\"SystemActivityID\" type=\"xs:int\"/>"
    "<xs:element name=\"SystemActivity\" type=\"xs:string\" minOccurs=\"0\"/>"
    "<xs:element name=\"ResponseDateTime\" type=\"xs:dateTime\"/>"
    "<xs:element name=\"TransactionStatus\" type=\"xs:string\" minOccurs=\"0\"/>"
    "<xs:element name=\"TransactionInError\" type=\"xs:boolean\"/>"
    "<xs:element name=\"GuestInfo\" type=\"xs:string\" minOccurs=\"0\"/>"
    "<xs:element name=\"Message\" type=\"xs:string\" minOccurs=\"0\"/>"
    "<xs:element name=\"RoomNumber\" type=\"xs:string\" minOccurs=\"0\"/>"
    "<xs:element name=\"StaInfo\" type=\"xs:string\" minOccurs=\"0\"/></xs:sequence></xs:complexType>";

static const char list_types[] =
    "<xs:complexType name=\"ArrayOfString\"><xs:sequence><xs:element name=\"string\" type=\"xs:string\" minOccurs=\"0\""
    " maxOccurs=\"unbounded\"/></xs:sequence></xs:complexType>"
    "<xs:complexType name=\"ArrayOfCCommonAreas\"><xs:sequence><xs:element name=\"CCommonAreas\" "
    "type=\"t:CCommonAreas\""
    " minOccurs=\"0\" maxOccurs=\"unbounded\"/></xs:sequence></xs:complexType>"
    "<xs:complexType name=\"CCommonAreas\"><xs:sequence><xs:element name=\"PassLevelNo\" type=\"xs:unsignedInt\"/>"
    "<xs:element name=\"eMode\" type=\"t:AreaMode\"/></xs:sequence></xs:complexType>";

static void begin_enumeration(struct buf *out, const char *name)
{
    buf_append_format(out, "<xs:simpleType name=\"%s\"><xs:restriction base=\"xs:string\">", name);
}

static void append_choice(struct buf *out, const char *name)
{
    buf_append_format(out, "<xs:enumeration value=\"%s\"/>", name);
}

static void end_enumeration(struct buf *out)
{
    buf_append_text(out, "</xs:restriction></xs:simpleType>");
}

static void append_enumerations(struct buf *out)
{
    begin_enumeration(out, "AreaMode");
    for (size_t i = 0; i < LENS_AREA_MODES; i++)
        append_choice(out, lens_area_mode_names[i]);
    end_enumeration(out);
    for (int detail = 0; detail <= 1; detail++) {
        begin_enumeration(out, detail ? "DetailReason" : "MainReason");
        for (size_t i = 0; i < lens_fault_name_count; i++) {
            if (lens_fault_names[i].detail == (detail == 1))
                append_choice(out, lens_fault_names[i].name);
        }
        end_enumeration(out);
    }
}

static void append_field(struct buf *out, const struct lens_element *element)
{
    const struct lens_field_form *form = &lens_field_forms[element->field];
    if (element->flags & LENS_IN_UTILITY)
        buf_append_format(out, "<xs:element ref=\"w:%s\"", form->name.text);
    else
        buf_append_format(out, "<xs:element name=\"%s\" type=\"%s\"", form->name.text, type_names[form->type]);
    if (!(element->flags & LENS_REQUIRED))
        buf_append_text(out, " minOccurs=\"0\"");
    if (element->flags & LENS_NILLABLE)
        buf_append_text(out, " nillable=\"true\"");
    buf_append_text(out, "/>");
}

static void append_operation_types(struct buf *out, enum lens_operation operation)
{
    static const char *const results[] = {[LENS_RESULT_USUAL] = "t:AnyOne",
                                          [LENS_RESULT_TEXT] = "xs:string",
                                          [LENS_RESULT_STAFF] = "t:StaffResult",
                                          [LENS_RESULT_HISTORY] = "t:HistoryResult"};
    const char *name = lens_operation_name(operation);
    size_t count;
    const struct lens_element *elements = lens_operation_elements(operation, &count);
    buf_append_format(out, "<xs:element name=\"%s\"><xs:complexType><xs:sequence>", name);
    for (size_t i = 0; i < count; i++)
        append_field(out, &elements[i]);
    buf_append_format(out,
                      "</xs:sequence></xs:complexType></xs:element><xs:element name=\"%sResponse\"><xs:complexType>"
                      "<xs:sequence><xs:element name=\"%sResult\" type=\"%s\" minOccurs=\"0\"/></xs:sequence>"
                      "</xs:complexType></xs:element>",
                      name, name, results[lens_operation_result(operation)]);
}

static void append_types(struct buf *out)
{
    buf_append_text(out, "<wsdl:types><xs:schema targetNamespace=\"" LENS_URI_ADDRESSING
                         "\" elementFormDefault=\"qualified\">");
    buf_append_text(out, uuid_type);
    buf_append_text(out, foreign_schemas);
    buf_append_text(out, uuid_type);
    buf_append_text(out, "</xs:schema><xs:schema targetNamespace=\"" LENS_URI_SERVICE
                         "\" elementFormDefault=\"qualified\"><xs:import namespace=\"" LENS_URI_ADDRESSING
                         "\"/><xs:import namespace=\"" LENS_URI_ANONYMOUS "\"/><xs:import namespace=\"" LENS_URI_UTILITY
                         "\"/>");
    buf_append_text(out, header_type);
    buf_append_text(out, answer_types);
    buf_append_text(out, list_types);
    append_enumerations(out);
    for (enum lens_operation i = 0; i < LENS_OPERATION_COUNT; i++) {
        if (is_described(i))
            append_operation_types(out, i);
    }
    buf_append_text(out, "</xs:schema></wsdl:types>");
}

/* ---- Messages, operations, binding ----------------------------------------------------------------------------- */

static void append_messages(struct buf *out)
{
    buf_append_text(out, "<wsdl:message name=\"AuthHeader\"><wsdl:part name=\"AuthHeader\" element=\"t:AuthHeader\"/>"
                         "</wsdl:message>");
    for (enum lens_operation i = 0; i < LENS_OPERATION_COUNT; i++) {
        const char *name = lens_operation_name(i);
        if (is_described(i))
            buf_append_format(out,
                              "<wsdl:message name=\"%sSoapIn\"><wsdl:part name=\"parameters\" element=\"t:%s\"/>"
                              "</wsdl:message><wsdl:message name=\"%sSoapOut\"><wsdl:part name=\"parameters\""
                              " element=\"t:%sResponse\"/></wsdl:message>",
                              name, name, name, name);
    }
}

static void append_port_type(struct buf *out)
{
    buf_append_text(out, "<wsdl:portType name=\"" PORT "\">");
    for (enum lens_operation i = 0; i < LENS_OPERATION_COUNT; i++) {
        const char *name = lens_operation_name(i);
        if (is_described(i))
            buf_append_format(out,
                              "<wsdl:operation name=\"%s\"><wsdl:input message=\"t:%sSoapIn\"/>"
                              "<wsdl:output message=\"t:%sSoapOut\"/></wsdl:operation>",
                              name, name, name);
    }
    buf_append_text(out, "</wsdl:portType>");
}

static void append_binding(struct buf *out)
{
    static const char both[] = "<soap:header message=\"t:AuthHeader\" part=\"AuthHeader\" use=\"literal\"/>"
                               "<soap:body use=\"literal\"/>";
    buf_append_text(out, "<wsdl:binding name=\"" PORT "\" type=\"t:" PORT "\"><soap:binding transport=\""
                         "http://schemas.xmlsoap.org/soap/http\" style=\"document\"/>");
    for (enum lens_operation i = 0; i < LENS_OPERATION_COUNT; i++) {
        const char *name = lens_operation_name(i);
        if (is_described(i))
            buf_append_format(out,
                              "<wsdl:operation name=\"%s\"><soap:operation soapAction=\"" LENS_URI_SERVICE
                              "/%s\" style=\"document\"/><wsdl:input>%s</wsdl:input><wsdl:output>%s</wsdl:output>"
                              "</wsdl:operation>",
                              name, name, both, both);
    }
    buf_append_text(out, "</wsdl:binding>");
}

void lens_description_write(const char *url, struct buf *out)
{
    buf_append_text(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?><wsdl:definitions xmlns:wsdl=\""
                         "http://schemas.xmlsoap.org/wsdl/\" xmlns:soap=\"http://schemas.xmlsoap.org/wsdl/soap/\""
                         " xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns:t=\"" LENS_URI_SERVICE
                         "\" xmlns:a=\"" LENS_URI_ADDRESSING "\" xmlns:r=\"" LENS_URI_ANONYMOUS
                         "\" xmlns:w=\"" LENS_URI_UTILITY "\" targetNamespace=\"" LENS_URI_SERVICE "\">");
    append_types(out);
    append_messages(out);
    append_port_type(out);
    append_binding(out);
    buf_append_text(out, "<wsdl:service name=\"" SERVICE "\"><wsdl:port name=\"" PORT "\" binding=\"t:" PORT
                         "\"><soap:address location=\"");
    /* What cannot stand in XML is not a URL either. */
    lens_append_escaped(out, lens_text_is_clean(url) ? url : "");
    buf_append_text(out, "\"/></wsdl:port></wsdl:service></wsdl:definitions>");
}
