import datetime as calendar
from datetime import UTC, date, datetime

from portal import clock

# ruleid: only-the-clock-reads-the-time
naive = datetime.now()
# ruleid: only-the-clock-reads-the-time
aware_but_not_the_clock = datetime.now(UTC)
# ruleid: only-the-clock-reads-the-time
utc_without_saying_so = datetime.utcnow()
# ruleid: only-the-clock-reads-the-time
the_servers_day = date.today()
# ruleid: only-the-clock-reads-the-time
by_another_name = calendar.datetime.now()
# ruleid: only-the-clock-reads-the-time
in_the_servers_zone = datetime.fromtimestamp(0)

# ok: only-the-clock-reads-the-time
asked_of_the_clock = clock.now()
# ok: only-the-clock-reads-the-time
with_its_zone = datetime.fromtimestamp(0, UTC)
# ok: only-the-clock-reads-the-time
written_down = datetime(2027, 2, 1, 12, tzinfo=UTC)
