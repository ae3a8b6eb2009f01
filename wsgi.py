"""What gunicorn serves in a checkout: `gunicorn wsgi:app`. In the wheel, use `portal.app:create_app()`."""

from portal.app import create_app

app = create_app()
