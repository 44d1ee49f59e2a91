"""What the applications under test do with a charge, each in its own process: they credit it, once, in their database.

SHOP_DATABASE is the database, which holds the inbox too, and SHOP_SECRET the endpoint's secret. A charge can be made to
go wrong by what its event says: `stall` in the first attempt, after its credit was written and before it is committed;
`fail_times`; `fail_always`.
"""

from __future__ import annotations

import os
import time
from typing import Any

from inboxes import SECRET, inbox_on

from istripe.webhooks import Receiver

DATABASE = os.environ["SHOP_DATABASE"]

receiver: Receiver[Any] = Receiver(
    os.environ.get("SHOP_SECRET", SECRET),
    inbox_on(DATABASE),
    lease_s=1.0,
    poll_s=0.05,
    attempts_max=5,
    first_delay_s=0.05,
    delay_max_s=0.2,
)


@receiver.in_transaction("charge.*")
def credit(event: Any, connection: Any) -> None:
    charge = event.data.object
    # Without any constraint: if an event took effect twice, there would be two rows.
    connection.execute(
        f"insert into credits (event, charge, amount) values ('{event.id}', '{charge.id}', {charge.amount})"
    )
    if charge.get("stall") and event.attempt == 1:
        print("STALLED", event.id, flush=True)
        time.sleep(60)
    if charge.get("fail_always") or charge.get("fail_times", 0) >= event.attempt:
        raise ConnectionError("The ledger did not answer.")
