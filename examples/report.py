"""Every payment of the last day, page by page, with what the fees came to."""

import time

import istripe

total = fees = count = 0
since = int(time.time()) - 24 * 3600
for transaction in istripe.BalanceTransaction.list(created={"gte": since}, limit=100).auto_paging_iter():
    if transaction.type == "charge":
        count += 1
        total += transaction.amount
        fees += transaction.fee
print(f"{count} payments, {total / 100:.2f} in all, {fees / 100:.2f} of it fees")
