"""`POST /api/sync/v1/bundle`: a device passes on what a colleague's device signed."""

from __future__ import annotations

import base64
import logging

from store.bundles.bundle_file import head_of
from store.bundles.forms import BundleError
from store.collector.bundles import refused
from store.protocol import MOST_BODY_BYTES, BundleAnswer, BundleRequest
from webui.base_handler import Authentication
from webui.collector.collector_handler import CollectorHandler


class BundleHandler(CollectorHandler):
    """Takes parts of bundles."""

    authentication = Authentication.TOKEN
    body_limit = MOST_BODY_BYTES
    logged_as = logging.DEBUG

    async def post(self) -> None:
        """Keeps a part, in the name of whoever signed it, and answers after the commit."""
        request = self.versioned(self.body(), BundleRequest)
        line = await self.call(self._keep, request)
        self.answer(BundleAnswer(self.collector.id.hex(), self.collector.clock.now_ms(), line))

    def _keep(self, request: BundleRequest) -> str:
        try:
            head = head_of(request.seal.encode(), request.signature)
            packed = base64.b64decode(request.packed, validate=True)
        except BundleError as error:
            raise refused(error) from error
        except ValueError:
            packed = b""  # which no seal names
        _, line = self.collector.bundles.take(head, request.part, packed, f"by way of {self.device.name}")
        return line[:-1].decode()
