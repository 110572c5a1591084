/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The public header from C++: one key made, then refused, with handles that give themselves back. */
#include <keycard/keycard.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

namespace
{

#define REQUIRE(condition)                                                                                             \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            std::fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                       \
            std::exit(1);                                                                                              \
        }                                                                                                              \
    } while (0)

template <typename Type, Type *(*unref)(Type *)> struct Unref {
    void operator()(Type *handle) const
    {
        unref(handle);
    }
};

template <typename Type, Type *(*unref)(Type *)> using Handle = std::unique_ptr<Type, Unref<Type, unref>>;

using Context = Handle<kc_context, kc_context_unref>;
using Site = Handle<kc_site, kc_site_unref>;
using System = Handle<kc_system, kc_system_unref>;
using Request = Handle<kc_request, kc_request_unref>;
using Op = Handle<kc_op, kc_op_unref>;
using Event = Handle<kc_event, kc_event_unref>;

/* Calls a constructor of the library and takes its result. */
template <typename Result, typename Function, typename... Arguments>
Result make(Function function, Arguments... arguments)
{
    typename Result::pointer handle = nullptr;
    REQUIRE(function(arguments..., &handle) == KC_OK);
    return Result(handle);
}

/* Runs the context until the operation has ended; counts its DONE events. */
int run(kc_context *context, const kc_op *op)
{
    int done = 0;
    while (done == 0) {
        REQUIRE(kc_context_wait(context, 60000) == 1);
        REQUIRE(kc_context_dispatch(context) == KC_OK);
        while (Event event{kc_context_next_event(context)}) {
            if (kc_event_get_op(event.get()) == op && kc_event_get_type(event.get()) == KC_EVENT_DONE)
                ++done;
        }
    }
    return done;
}

} // namespace

int main()
{
    Context context = make<Context>(kc_context_new);
    Site site = make<Site>(kc_site_new, context.get(), "Test Hotel");
    System system = make<System>(kc_system_new, site.get(), "lock", "virtual:");
    Request request = make<Request>(kc_request_new, site.get());
    REQUIRE(kc_request_set_booking(request.get(), "4711") == KC_OK);
    REQUIRE(kc_request_add_room(request.get(), "101") == KC_OK);
    REQUIRE(kc_request_set_validity(request.get(), nullptr, "2097-06-18") == KC_OK);
    REQUIRE(kc_request_set_station(request.get(), "desk-1") == KC_OK);
    REQUIRE(kc_request_set_encoder(request.get(), "Desk 1") == KC_OK);

    Op made = make<Op>(kc_issue_original, request.get());
    REQUIRE(run(context.get(), made.get()) == 1);
    REQUIRE(kc_op_get_status(made.get()) == KC_OK);
    REQUIRE(kc_op_get_outcome(made.get()) == KC_OUTCOME_WRITTEN);
    REQUIRE(kc_op_get_key_count(made.get()) == 1);
    REQUIRE(std::string(kc_key_get_booking(kc_op_get_key(made.get(), 0))) == "4711");

    REQUIRE(kc_request_clear_rooms(request.get()) == KC_OK);
    Op refused = make<Op>(kc_issue_original, request.get());
    REQUIRE(run(context.get(), refused.get()) == 1);
    REQUIRE(kc_op_get_status(refused.get()) == KC_ERROR_NO_ROOM);
    REQUIRE(kc_error_get_card_state(kc_op_get_error(refused.get())) == KC_OUTCOME_NOT_WRITTEN);

    context.reset();
    REQUIRE(std::string(kc_site_get_name(site.get())) == "Test Hotel");
    return 0;
}
