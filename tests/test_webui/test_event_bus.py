"""Events from any thread to every listener, none of whom can hold up the others."""

from __future__ import annotations

import asyncio
import threading

import pytest

from webui.local.events import HEARTBEAT, MOST_LISTENERS, MOST_WAITING, EventBus, TooManyListeners, frame

FOREVER = 600.0


def test_an_event_is_one_line_of_json_whatever_is_in_it() -> None:
    assert frame("model", {"name": "line\nbreak"}) == b'event: model\ndata: {"name":"line\\nbreak"}\n\n'


def test_every_listener_hears_what_another_thread_publishes() -> None:
    async def scene() -> list[bytes | None]:
        bus = EventBus(FOREVER)
        listeners = [bus.listen() for _ in range(3)]
        thread = threading.Thread(target=bus.publish, args=("settings", {"theme": "dark"}))
        thread.start()
        heard = [await listener.next() for listener in listeners]
        thread.join()
        return heard

    assert asyncio.run(scene()) == [frame("settings", {"theme": "dark"})] * 3


def test_events_come_in_the_order_in_which_they_were_published() -> None:
    async def scene() -> list[bytes | None]:
        bus = EventBus(FOREVER)
        listener = bus.listen()
        for number in range(10):
            bus.publish("count", number, key=str(number))
        return [await listener.next() for _ in range(10)]

    assert asyncio.run(scene()) == [frame("count", number) for number in range(10)]


def test_a_page_that_reads_slowly_finds_the_newest_state_of_each_thing() -> None:
    async def scene() -> list[bytes | None]:
        bus = EventBus(FOREVER)
        listener = bus.listen()
        for number in range(1000):
            bus.publish("count", number)
            bus.publish("job", number, key="one")
        bus.publish("job", "first", key="other")
        bus.publish("count", "last")
        return [await listener.next() for _ in range(3)]

    assert asyncio.run(scene()) == [frame("job", 999), frame("job", "first"), frame("count", "last")]


def test_silence_is_filled_with_heartbeats_that_lose_no_event() -> None:
    async def scene() -> list[bytes | None]:
        bus = EventBus(0.001)
        listener = bus.listen()
        heard = [await listener.next(), await listener.next()]
        bus.publish("count", 1)
        while heard[-1] == HEARTBEAT:
            heard.append(await listener.next())
        return heard

    heard = asyncio.run(scene())
    assert heard[:2] == [HEARTBEAT, HEARTBEAT]
    assert heard[-1] == frame("count", 1)


def test_a_page_behind_in_too_many_things_is_let_go_and_the_others_go_on() -> None:
    async def scene() -> tuple[list[bytes | None], bytes | None]:
        bus = EventBus(FOREVER)
        slow, quick = bus.listen(), bus.listen()
        for number in range(MOST_WAITING + 1):
            bus.publish("count", number, key=str(number))
            await quick.next()
        bus.publish("after", 1)
        return [await slow.next() for _ in range(MOST_WAITING + 2)], await quick.next()

    slow, quick = asyncio.run(scene())
    assert slow == [*[frame("count", number) for number in range(MOST_WAITING + 1)], None]
    assert quick == frame("after", 1)


def test_closing_ends_every_stream_and_lets_nobody_in() -> None:
    async def scene() -> list[bytes | None]:
        bus = EventBus(FOREVER)
        listeners = [bus.listen(), bus.listen()]
        thread = threading.Thread(target=bus.close)
        thread.start()
        ends = [await listener.next() for listener in listeners]
        thread.join()
        with pytest.raises(TooManyListeners):
            bus.listen()
        return ends

    assert asyncio.run(scene()) == [None, None]


def test_places_are_limited_and_given_back() -> None:
    async def scene() -> None:
        bus = EventBus(FOREVER)
        listeners = [bus.listen() for _ in range(MOST_LISTENERS)]
        with pytest.raises(TooManyListeners):
            bus.listen()
        listeners[0].end()
        bus.listen()

    asyncio.run(scene())


def test_publishing_after_the_loop_ended_hurts_nobody() -> None:
    bus = EventBus(FOREVER)

    async def leave_without_a_word() -> None:
        bus.listen()

    asyncio.run(leave_without_a_word())
    bus.publish("count", 1)
    assert not bus._listeners
