/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keys in the event loop of Qt 6: a QSocketNotifier for each descriptor. With a window it is the same; only
 * QCoreApplication is QApplication then. (Qt 5 has two signals of that name: choose one by qOverload<int>.) */
#include <QCoreApplication>
#include <QSocketNotifier>

#include "evening.h"

static bool run(QCoreApplication &application, struct hotel *hotels[HOTELS])
{
    int open = HOTELS;
    for (int number = 0; number < HOTELS; number++) {
        struct hotel *hotel = hotels[number];
        auto *notifier = new QSocketNotifier(hotel_descriptor(hotel), QSocketNotifier::Read, &application);
        QObject::connect(notifier, &QSocketNotifier::activated, notifier, [&open, hotel, notifier] {
            if (hotel_go_on(hotel))
                return;
            notifier->setEnabled(false);
            if (--open == 0)
                QCoreApplication::quit();
        });
    }
    return QCoreApplication::exec() == 0;
}

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    struct hotel *hotels[HOTELS];
    bool good = evening_open(argc, argv, hotels);
    if (good)
        good = run(application, hotels);
    return evening_close(hotels, good);
}
