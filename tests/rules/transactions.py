from portal.extensions import db
from portal.services.work import writing


def rename(user, name: str) -> None:
    user.name = name
    # ruleid: commit-outside-the-boundary
    db.session.commit()


def rename_all(session, engine) -> None:
    # ruleid: commit-outside-the-boundary
    session.commit()
    # ruleid: commit-outside-the-boundary
    with engine.begin() as connection:
        connection.execute("UPDATE users SET name = ''")


def rename_in_a_service(user, name: str) -> None:
    # ok: commit-outside-the-boundary
    with writing() as session:
        session.get(type(user), user.id).name = name
