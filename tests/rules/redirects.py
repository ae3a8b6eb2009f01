from flask import redirect, request, url_for

from portal.web.redirects import is_own_page


def answers(response, slug):
    # ruleid: redirect-where-the-request-says
    answer = redirect(request.args["next"])
    # ruleid: redirect-where-the-request-says
    answer = redirect(request.referrer or "/")
    # ruleid: redirect-where-the-request-says
    answer = redirect(request.full_path.rstrip("?"))
    # ruleid: redirect-where-the-request-says
    answer = redirect(f"/apply/{request.form.get('round')}")
    wanted = request.args.get("next")
    # ruleid: redirect-where-the-request-says
    answer = redirect(wanted)
    # ruleid: redirect-where-the-request-says
    response.headers["Location"] = wanted

    # ok: redirect-where-the-request-says
    answer = redirect(url_for("rounds.show", slug=slug, next=wanted))
    # ok: redirect-where-the-request-says
    answer = redirect(wanted if is_own_page(wanted) else "/apply")
    # ok: redirect-where-the-request-says
    answer = redirect("/apply")
