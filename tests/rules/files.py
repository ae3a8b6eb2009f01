import flask
from flask import Response, send_file, send_from_directory


def answers(app, name: str, lines):
    # ruleid: file-sent-outside-its-view
    yield send_file("/srv/uploads/" + name)
    # ruleid: file-sent-outside-its-view
    yield flask.send_file(name, as_attachment=True)
    # ruleid: file-sent-outside-its-view
    yield send_from_directory("/srv/uploads", name)
    # ruleid: file-sent-outside-its-view
    yield app.send_static_file(name)
    # ok: file-sent-outside-its-view
    yield Response(lines, mimetype="text/csv")
