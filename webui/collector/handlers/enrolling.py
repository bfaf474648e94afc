"""`POST /api/sync/v1/enrol`: a device comes in with its code."""

from __future__ import annotations

import base64
import binascii

from store.collector.devices import Newcomer
from store.protocol import MIN_SCHEMA, SCHEMA, EnrolAnswer, EnrolRequest
from webui.base_handler import Authentication, wrong_shape
from webui.collector.collector_handler import CollectorHandler

KEY_BYTES = 32


class EnrolHandler(CollectorHandler):
    """Gives a token for a good code."""

    authentication = Authentication.NONE

    async def let_in(self) -> None:
        """Counts the attempt against the address, so that nobody goes on guessing."""
        await self.call(self.collector.may_enrol, self.address)

    async def post(self) -> None:
        """Enrols the device."""
        asked = self.versioned(self.body(), EnrolRequest)
        key = _key(asked.public_key)
        newcomer = Newcomer(asked.device_name, key, asked.install_id, asked.app_version, asked.platform)
        admitted = await self.call(self.collector.devices.enrol, asked.code, newcomer)
        withdrawn = await self.call(self.collector.withdrawals.greatest, admitted.device_id)
        roots = await self.call(self.collector.release_keys.current)
        self.answer(
            EnrolAnswer(
                collector_id=self.collector.id.hex(),
                device_id=admitted.device_id.hex(),
                token=admitted.token,
                server_time=self.collector.clock.now_ms(),
                min_schema=MIN_SCHEMA,
                max_schema=SCHEMA,
                release_roots=[base64.b64encode(root).decode() for root in roots],
                receipt_key=base64.b64encode(self.collector.bundles.public_key).decode(),
                withdrawn=withdrawn,
            )
        )


def _key(text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise wrong_shape(f"public_key is not {KEY_BYTES} bytes in base64")
    return key
