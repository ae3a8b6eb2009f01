"""Beginning an application with the answers of an earlier round."""

from dataclasses import dataclass
from datetime import datetime

from portal.domain import carrying as rules
from portal.domain.applications import stream_section
from portal.domain.carrying import Asked
from portal.domain.rounds import Arrival
from portal.domain.verdict import Refused
from portal.models import Stream
from portal.queries import applications as dossiers
from portal.queries.applications import Dossier, stream_answers, stream_fields
from portal.queries.carrying import earlier
from portal.services.applications import field_names, put_answers
from portal.services.desk import Late, begun, judge, open_desk, record
from portal.services.work import writing


@dataclass(frozen=True)
class Carried:
    """The sections that now hold answers of the earlier round; none where all had been written already."""

    round_name: str
    sections: tuple[str, ...]


def carry(user_id: int, round_id: int, *, received_at: datetime) -> Carried | Refused | Late:
    """Copy what can be carried into every section that nobody has saved yet. What is written already stays.

    It starts the application if need be, and is judged as starting one is.
    """
    with writing() as session:
        desk = open_desk(session, user_id, round_id, received_at)
        arrival = judge(desk, desk.dossier.general(), "start", {})
        if not isinstance(arrival, Arrival):
            return arrival
        source = earlier(user_id, round_id)
        if source is None:
            return Refused(
                "There is no earlier application to begin with.",
                "You have written nothing in another round.",
                "You can start with an empty one.",
            )
        old = dossiers.of(user_id, source.round_id)
        found = _found(old, desk.dossier, received_at)
        application = begun(desk, arrival)
        session.flush()
        desk = open_desk(session, user_id, round_id, received_at)
        for slug, answers in found.items():
            given = {name: answers.get(name, "") for name in field_names(desk.dossier, slug)}
            put_answers(desk, application, slug, given, arrival)
        after = {"from_round": source.round.slug, "sections": list(found)}
        record(desk, "application.carried", ("application", application.id), after=after)
        return Carried(source.round.name, tuple(found))


def _found(old: Dossier, new: Dossier, at: datetime) -> dict[str, dict[str, str]]:
    """What is carried, by section: only into those that hold nothing yet and can be written now."""
    rows = old.application.sections if old.application else []
    found = rules.general({row.section: row.answers for row in rows})
    asked = [each for stream in new.round.streams for each in _asked(stream, {})]
    given = [
        each
        for stream in old.round.streams
        for each in _asked(stream, stream_answers(old.stream_application(stream)) or {})
    ]
    for slug, answers in rules.of_streams(given, asked).items():
        found[stream_section(slug)] = answers
    return {
        slug: answers
        for slug, answers in found.items()
        if not new.version(slug) and new.section_deadline(slug).judge(at).accepted
    }


def _asked(stream: Stream, answers: dict[str, str]) -> list[Asked]:
    return [
        Asked(stream.slug, field, answers.get(field.name, "")) for field in stream_fields(stream)
    ]
