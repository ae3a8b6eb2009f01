import flask
import jinja2
from flask import render_template, render_template_string


def page(environment: jinja2.Environment, name: str) -> str:
    # ruleid: template-from-a-string
    one = render_template_string("Hello " + name)
    # ruleid: template-from-a-string
    two = flask.render_template_string(name)
    # ruleid: template-from-a-string
    three = environment.from_string(name).render()
    # ruleid: template-from-a-string
    four = jinja2.Template(name).render()
    # ok: template-from-a-string
    return render_template("public/home.html", name=name) + one + two + three + four
