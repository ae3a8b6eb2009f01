import ssl

import flask_security as library
import requests


def sent(letter):
    # ruleid: certificate-not-checked
    requests.post("https://mail.example.org", letter, verify=False)
    session = requests.Session()
    # ruleid: certificate-not-checked
    session.verify = False
    context = ssl.create_default_context()
    # ruleid: certificate-not-checked
    context.check_hostname = False
    # ruleid: certificate-not-checked
    context.verify_mode = ssl.CERT_NONE
    # ruleid: certificate-not-checked
    context = ssl._create_unverified_context()

    # ok: certificate-not-checked
    requests.post("https://mail.example.org", letter, timeout=10)
    # ok: certificate-not-checked
    context = ssl.create_default_context()
    # ok: certificate-not-checked
    library.EmailValidation(verify=False)
    return context
