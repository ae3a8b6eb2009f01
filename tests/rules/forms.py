from portal.extensions import csrf


# ruleid: form-without-a-token
@csrf.exempt
def save():
    return "saved"


# ok: form-without-a-token
def send():
    return "sent"


class Open:
    # ruleid: form-without-a-token
    class Meta:
        csrf = False


class Closed:
    # ok: form-without-a-token
    class Meta:
        csrf = True


def configure(app, blueprint):
    # ruleid: form-without-a-token
    csrf.exempt(blueprint)
    # ruleid: form-without-a-token
    app.config["WTF_CSRF_ENABLED"] = False
    # ruleid: form-without-a-token
    app.config.update({"DEBUG": False, "WTF_CSRF_ENABLED": False})
    # ok: form-without-a-token
    app.config["WTF_CSRF_ENABLED"] = True
