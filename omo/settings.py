"""OMO's settings, read from the environment; `.env.example` lists every variable.

OMO_MODE=demo (the default) needs nothing: SQLite, a file broker and state under var/. OMO_MODE=production refuses unsafe settings.
"""

from omo import routines
from omo.environment import BASE_DIR, env, kept_secret, port, refuse_no_payment, refuse_unsafe, state_dir

MODE = env.str("OMO_MODE", default="demo")
if MODE not in ("demo", "production"):
    raise SystemExit(f"OMO_MODE is '{MODE}'; it must be 'demo' or 'production'.")
PRODUCTION = MODE == "production"
STATE_DIR = state_dir()
DEBUG = env.bool("DEBUG", default=False)

# The shop
SHOP_NAME = env.str("SHOP_NAME", default="Harbour & Pine")
SITE_URL = env.str("SITE_URL", default="" if PRODUCTION else f"http://127.0.0.1:{port()}").rstrip("/")
CURRENCY = env.str("CURRENCY", default="EUR")
LOCALE = env.str("LOCALE", default="en_IE")
ORDER_PREFIX = env.str("ORDER_PREFIX", default="HP")
MAX_LINE_QUANTITY = 99
UNDO_SECONDS = env.int("UNDO_SECONDS", default=20)
HOLD_MINUTES = env.int("HOLD_MINUTES", default=10)
HOLD_EXTENSIONS = env.int("HOLD_EXTENSIONS", default=11)
HOLD_UNITS_PER_CHECKOUT = env.int("HOLD_UNITS_PER_CHECKOUT", default=100)
HOLD_UNITS_PER_ADDRESS = env.int("HOLD_UNITS_PER_ADDRESS", default=300)
NO_SHOW_GRACE_HOURS = env.int("NO_SHOW_GRACE_HOURS", default=0)  # after a hold has ended; 0: until the store opens next
PAYMENT_PROVIDERS = env.list("PAYMENT_PROVIDERS", default=[] if PRODUCTION else ["sandbox"])
PAYMENT_MINUTES = env.int("PAYMENT_MINUTES", default=30)
PAYMENT_CAPTURE = env.str("PAYMENT_CAPTURE", default="at_once")
PROVIDER_ADAPTERS = {"sandbox": "orders.providers.sandbox.Sandbox", "stripe": "orders.providers.stripe.Stripe"}

# Secrets
SECRET_KEY = env.str("SECRET_KEY", default="") or ("" if PRODUCTION else kept_secret("secret_key", STATE_DIR))
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
CODE_KEYS = env.list("CODE_KEYS", default=[]) or ([] if PRODUCTION else [kept_secret("code_key", STATE_DIR)])
SANDBOX_SECRETS = [] if PRODUCTION else [kept_secret("sandbox_secret", STATE_DIR)]
STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", default="")
STRIPE_WEBHOOK_SECRETS = env.list("STRIPE_WEBHOOK_SECRETS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[] if PRODUCTION else ["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "omo.apps.OfficeConfig",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_htmx",
    "csp",
    "simple_history",
    "omo.apps.OmoConfig",
    "stores",
    "loyalty",
    "orders",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "omo.strictness.Strictness",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "omo.middleware.StaffGuard",
    "omo.middleware.BusyDatabase",
    "simple_history.middleware.HistoryRequestMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "omo.urls"
WSGI_APPLICATION = "omo.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "omo.context.shop",
            ],
            "builtins": ["omo.templatetags.omo"],
        },
    }
]

# Data. SQLite waits for its one writer instead of failing; PostgreSQL gives up on a lock or a statement before a person does.
DEFAULT_DATABASE = f"sqlite:///{STATE_DIR / 'db.sqlite3'}"
DATABASES = {"default": env.db_url("DATABASE_URL", default="" if PRODUCTION else DEFAULT_DATABASE) or {"ENGINE": ""}}
DATABASE = DATABASES["default"]
if DATABASE["ENGINE"] == "django.db.backends.sqlite3":
    DATABASE["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
elif DATABASE["ENGINE"] == "django.db.backends.postgresql":
    DATABASE["ENGINE"] = "omo.postgresql"
    DATABASE["CONN_MAX_AGE"] = None
    DATABASE["CONN_HEALTH_CHECKS"] = True
    DATABASE["OPTIONS"] = {
        "server_side_binding": True,
        "prepare_threshold": 2,
        "options": "-c lock_timeout=3s -c statement_timeout=10s -c idle_in_transaction_session_timeout=30s",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.str("REDIS_URL", default="")
CACHES = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL, "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1}}
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    ),
    # Where tries are counted while the shared cache is away (omo.limits).
    "process": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "process"},
    # What {% cache %} keeps: pieces of pages that depend on nothing but the facts they are kept under, so each process keeps its own and none grows stale.
    # A few kilobytes each; the least lately used go first.
    "template_fragments": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "fragments",
        "TIMEOUT": None,
        "OPTIONS": {"MAX_ENTRIES": 6_000},
    },
}
SESSION_ENGINE = "omo.sessions"

# People
AUTH_USER_MODEL = "omo.User"
AUTHENTICATION_BACKENDS = ["omo.backends.Backend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "card"
LOGOUT_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "omo.accounts.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 3600  # so long its page can say that the code is too old
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = False  # it mails to known addresses only, which takes time; the page leads to asking anew
SIGN_IN_CODE_SECONDS = 600
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
# Of one address. Signing up with it counts in omo.accounts, alike for taken and free ones; so the limit on mails that confirm it must never be met first.
ACCOUNT_RATE_LIMITS = {"request_login_code": "20/m/ip,3/m/key", "signup": "20/m/ip", "confirm_email": "20/m/key"}
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if PRODUCTION else "http"
ACCOUNT_FORMS = {
    "login": "omo.accounts.LoginForm",
    "signup": "omo.accounts.SignupForm",
    "request_login_code": "omo.accounts.RequestLoginCodeForm",
    "confirm_login_code": "omo.accounts.ConfirmLoginCodeForm",
}
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
MFA_ADAPTER = "omo.passkeys.SecondStepAdapter"
MFA_FORMS = {f"{way}_webauthn": f"omo.forms.{way.title()}PasskeyForm" for way in ("add", "edit", "authenticate", "login", "reauthenticate")}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
STAFF_MFA_REQUIRED = env.bool("STAFF_MFA_REQUIRED", default=PRODUCTION)

# Celery: the broker may lose everything, the outbox table is the truth.
BROKER_DIR = STATE_DIR / "broker"
CELERY_BROKER_URL = REDIS_URL or ("" if PRODUCTION else "filesystem://localhost")
if CELERY_BROKER_URL.startswith("filesystem://"):
    for folder in (BROKER_DIR / "queue", BROKER_DIR / "control"):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(BROKER_DIR / "queue"),
        "data_folder_out": str(BROKER_DIR / "queue"),
        "control_folder": str(BROKER_DIR / "control"),
        "store_processed": False,
    }
else:
    CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 7200, "socket_timeout": 1, "socket_connect_timeout": 1, "max_retries": 0}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 60
CELERY_TASK_SOFT_TIME_LIMIT = 50
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # for ever: a worker that gave up would take the whole shop down with it
# EMAIL_TIMEOUT bounds one wait for the mail server, and a mail has many. How long a delivery may take, and how long a worker may hold a message before another
# one takes it: longer, or a slow mail would be sent twice.
DELIVERY_SECONDS = 240
DELIVERY_KILLED_SECONDS = DELIVERY_SECONDS + 10
OUTBOX_LEASE_SECONDS = env.int("OUTBOX_LEASE_SECONDS", default=300)
CELERY_BEAT_SCHEDULE = routines.BEAT_SCHEDULE

# Mail
MAIL_DIR = STATE_DIR / "mail"
EMAIL_URL = env.str("EMAIL_URL", default="")
if EMAIL_URL:
    vars().update(env.email_url_config(EMAIL_URL))
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(MAIL_DIR)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f'"{SHOP_NAME}" <shop@{SITE_URL.split("//")[-1].split(":")[0] or "localhost"}>')

# Who words and sends each kind of message
MESSAGE_SENDERS = routines.MESSAGE_SENDERS

# Words and time
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True

# Files
STATIC_URL = "/static/"
STATIC_ROOT = STATE_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = STATE_DIR / "media"  # product pictures; their address is a view of ours
WHITENOISE_USE_FINDERS = not PRODUCTION
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage" if PRODUCTION else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# Safety
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        **dict.fromkeys(["script-src", "style-src", "img-src", "font-src", "connect-src", "manifest-src", "media-src"], ["'self'"]),
        "form-action": ["'self'", *(["https://checkout.stripe.com"] if "stripe" in PAYMENT_PROVIDERS else [])],  # the button that pays leads there
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^health/$"]
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ALLAUTH_TRUSTED_PROXY_COUNT else None
SESSION_COOKIE_NAME = "__Host-session" if PRODUCTION else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if PRODUCTION else "csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "omo.views.csrf_failure"
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
MAX_UPLOAD_BYTES = 10_485_760

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {
        "django": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        "django.request": {"level": "ERROR"},  # a 4xx is an answer, not a fault
        "omo": {"handlers": ["console"], "level": "INFO", "propagate": False},
    },
}

if "stripe" in PAYMENT_PROVIDERS:  # a form of ours leads on to its page
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"] = ["'self'", "https://checkout.stripe.com"]

if PRODUCTION:
    refuse_unsafe(globals())
else:
    refuse_no_payment(globals())
