"""Builders of rows for tests: every argument has a believable default, everything is committed."""

import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any, TypeVar

import sqlalchemy as sa

from portal.adapters.search import searchable
from portal.domain.permissions import StreamRole, Viewer
from portal.domain.questions import Kind
from portal.domain.review import Recommendation
from portal.domain.work_tests import HandIn
from portal.extensions import db
from portal.models import (
    Application,
    Authorship,
    Criterion,
    Direction,
    DirectionMentor,
    DirectionPaper,
    Mentor,
    Offering,
    Paper,
    Passkey,
    Person,
    Question,
    Referee,
    Round,
    Stream,
    StreamApplication,
    StreamMember,
    StreamMentor,
    Topic,
    User,
    WorkTest,
)
from portal.services import reviews
from portal.services.reviews import Written
from tests.support import submitting

Row = TypeVar("Row")


class Builder:
    """`now` is the tests' instant; rounds are open around it unless told otherwise."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._count = 0

    def _number(self) -> int:
        self._count += 1
        return self._count

    def keep(self, row: Row) -> Row:
        db.session.add(row)
        db.session.commit()
        return row

    # -- people ----------------------------------------------------------------------------

    def user(self, name: str = "", **values: Any) -> User:
        number = self._number()
        name = name or f"Person {number}"
        email = values.pop("email", f"{name.lower().replace(' ', '.')}@example.org")
        return self.keep(
            User(
                email=email,
                email_key=email.casefold(),
                name=name,
                fs_uniquifier=secrets.token_hex(16),
                active=values.pop("active", True),
                confirmed_at=values.pop("confirmed_at", self.now - timedelta(days=30)),
                consented_at=self.now - timedelta(days=30),
                created_at=self.now - timedelta(days=30),
                **values,
            )
        )

    def admin(self, name: str = "Ada Admin") -> User:
        return self.user(name, is_admin=True)

    def passkey(self, user: User, name: str = "Phone") -> Passkey:
        """A passkey that no device holds."""
        return self.keep(
            Passkey(
                user_id=user.id,
                name=name,
                credential_id=secrets.token_urlsafe(32),
                user_handle=secrets.token_urlsafe(32),
                public_key=b"none",
                sign_count=0,
                challenge_at=self.now - timedelta(days=1),
                added_at=self.now - timedelta(days=1),
            )
        )

    def member(self, stream: Stream, role: StreamRole = StreamRole.LEAD, name: str = "") -> User:
        user = self.user(name or f"Reader {self._number()}")
        self.keep(StreamMember(stream_id=stream.id, user_id=user.id, role=role, added_at=self.now))
        return user

    def person(self, name: str = "") -> Person:
        number = self._number()
        return self.keep(Person(slug=f"author-{number}", name=name or f"Author {number}"))

    def mentor(self, name: str = "", **values: Any) -> Mentor:
        number = self._number()
        return self.keep(Mentor(slug=f"mentor-{number}", name=name or f"Mentor {number}", **values))

    # -- content ---------------------------------------------------------------------------

    def topic(self, name: str = "") -> Topic:
        number = self._number()
        return self.keep(Topic(slug=f"topic-{number}", name=name or f"Topic {number}"))

    def paper(
        self,
        title: str = "",
        authors: Sequence[Person] = (),
        topics: Sequence[Topic] = (),
        fellows: Sequence[Person] = (),
        **values: Any,
    ) -> Paper:
        """A paper that search finds; `fellows` are those of its authors who were fellows on it."""
        number = self._number()
        title = title or f"Paper {number}"
        authors = authors or [self.person()]
        summary = values.pop("summary", "What was found.")
        paper = Paper(
            slug=f"paper-{number}",
            title=title,
            date=values.pop("date", date(2025, 1, 1) + timedelta(days=number)),
            summary=summary,
            search_text=searchable(
                title, summary, *(p.name for p in authors), *(t.name for t in topics)
            ),
            topics=list(topics),
            **values,
        )
        for position, person in enumerate(authors):
            paper.authorships.append(
                Authorship(
                    person_id=person.id,
                    position=position,
                    printed_name=person.name,
                    is_fellow=person in fellows,
                )
            )
        return self.keep(paper)

    def direction(
        self, title: str = "", mentors: Sequence[Mentor] = (), papers: Sequence[Paper] = ()
    ) -> Direction:
        number = self._number()
        direction = Direction(
            slug=f"direction-{number}",
            title=title or f"Direction {number}",
            summary="What we want done.",
            body="A longer text about what we want done.",
        )
        direction.mentor_links = [
            DirectionMentor(mentor_id=mentor.id, position=n) for n, mentor in enumerate(mentors)
        ]
        direction.paper_links = [
            DirectionPaper(paper_id=paper.id, position=n) for n, paper in enumerate(papers)
        ]
        return self.keep(direction)

    # -- rounds ----------------------------------------------------------------------------

    def round(self, name: str = "", **values: Any) -> Round:
        """An open round: published a month ago, opened a week ago, closing in two weeks, two criteria."""
        number = self._number()
        instants = {
            "published_at": self.now - timedelta(days=30),
            "opens_at": self.now - timedelta(days=7),
            "closes_at": self.now + timedelta(days=14),
            "release_at": self.now + timedelta(days=45),
        }
        round_ = Round(
            slug=f"round-{number}",
            name=name or f"Round {number}",
            created_at=self.now - timedelta(days=40),
            **{**instants, **values},
        )
        round_.criteria = [
            Criterion(slug="fit", label="Research fit", position=0),
            Criterion(slug="skill", label="Technical strength", position=1),
        ]
        return self.keep(round_)

    def stream(
        self,
        round_: Round,
        name: str = "",
        directions: Sequence[Direction] | None = None,
        mentors: Sequence[Mentor] = (),
        questions: Sequence[str] = (),
        **values: Any,
    ) -> Stream:
        """A stream with one direction of its own unless told otherwise."""
        number = self._number()
        stream = Stream(
            round_id=round_.id,
            slug=f"stream-{number}",
            name=name or f"Stream {number}",
            places=values.pop("places", 2),
            **values,
        )
        stream.mentor_links = [
            StreamMentor(mentor_id=mentor.id, is_primary=n == 0, position=n)
            for n, mentor in enumerate(mentors)
        ]
        stream.questions = [
            Question(prompt=prompt, kind=Kind.LONG_TEXT, word_limit=200, minutes=15, position=n)
            for n, prompt in enumerate(questions)
        ]
        self.keep(stream)
        for n, direction in enumerate([self.direction()] if directions is None else directions):
            self.keep(
                Offering(
                    stream_id=stream.id, round_id=round_.id, direction_id=direction.id, position=n
                )
            )
        db.session.refresh(round_)
        db.session.refresh(stream)
        return stream

    def work_test(
        self, stream: Stream, title: str = "A small replication", **values: Any
    ) -> WorkTest:
        """An untimed task of up to four hours, handed in as a text, due when the stream closes."""
        if "minutes" not in values:
            values.setdefault("hours", 4)
        test = WorkTest(
            stream_id=stream.id,
            title=title,
            brief=values.pop("brief", "Repeat the first figure, and say what you saw."),
            hand_in=values.pop("hand_in", HandIn.TEXT),
            **values,
        )
        self.keep(test)
        db.session.refresh(stream)
        return test

    # -- applications ----------------------------------------------------------------------

    def submitted(
        self,
        user: User | None = None,
        round_: Round | None = None,
        streams: Sequence[Stream] = (),
        *,
        received_at: datetime | None = None,
        stream_answer: str = "I would start by repeating the main result.",
        **answers: str,
    ) -> Application:
        """A submitted application to all directions of `streams`; calling it again submits anew.

        `answers` go by the name of the section's field, such as `interests="..."`.
        """
        round_ = round_ or (streams[0].round if streams else self.round())
        streams = streams or [self.stream(round_)]
        return submitting.submit(
            user or self.user(),
            round_,
            streams,
            received_at=received_at or self.now - timedelta(days=1),
            answers=answers,
            stream_answer=stream_answer,
        )

    def referee(self, application: Application, token: str = "", **values: Any) -> Referee:
        """Somebody whom the applicant named; with `token` they were asked yesterday by a letter with that link."""
        number = self._number()
        email = values.pop("email", f"referee.{number}@example.org")
        asked = {
            "token_digest": sha256(token.encode()).hexdigest(),
            "asked_at": self.now - timedelta(days=1),
            "letters": 1,
        }
        return self.keep(
            Referee(
                application_id=application.id,
                name=values.pop("name", f"Referee {number}"),
                email=email,
                email_key=email,
                relation=values.pop("relation", "supervised my thesis"),
                created_at=self.now - timedelta(days=2),
                **{**(asked if token else {}), **values},
            )
        )

    def arrived(self, application: Application, stream: Stream) -> StreamApplication:
        """The application as this stream meets it."""
        return db.session.scalars(
            sa.select(StreamApplication).where(
                StreamApplication.application_id == application.id,
                StreamApplication.stream_id == stream.id,
            )
        ).one()

    def reviewed(self, row: StreamApplication, reader: User, **scores: int) -> StreamApplication:
        """The reader's submitted review of it: scores by criterion, such as `fit=4`, all of them."""
        written = Written(0, row.submission_id or 0, scores, Recommendation.YES, "Read with care.")
        viewer = Viewer(reader.id, roles={row.stream_id: StreamRole.READER})
        saved = reviews.save(viewer, row.id, written, submit=True, now=self.now)
        assert isinstance(saved, reviews.Saved), saved
        return row
