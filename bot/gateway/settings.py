"""Every setting, read once from the environment. Nothing else of ours reads the environment.

The names and defaults are documented in docs/runbooks/settings.md; a test compares the two.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

from bot.gateway.origins import parse_origins

ROOT = Path(__file__).resolve().parents[2]


def _paths(value: Any) -> Any:  # noqa: ANN401  # pydantic hands over whatever was given
    if isinstance(value, str):
        return tuple(Path(part) for part in value.split(os.pathsep) if part)
    return value


Port = Annotated[int, Field(ge=0, le=65535)]
Paths = Annotated[tuple[Path, ...], BeforeValidator(_paths)]
Sites = Annotated[str, AfterValidator(lambda text: " ".join(parse_origins(text)))]


class Settings(BaseModel):
    """All settings; field names are the environment's names in lower case."""

    model_config = ConfigDict(frozen=True)

    motcua_home: Path = Path("var")
    database_url: str = ""  # "" = the embedded PostgreSQL
    host: str = "127.0.0.1"
    port: Port = 8000
    rasa_port: Port = 5005
    rasa_url: str = ""  # "" = loopback at RASA_PORT
    rasa_timeout_s: Annotated[float, Field(gt=0)] = 8.0
    actions_token: SecretStr = Field(default_factory=lambda: SecretStr(secrets.token_urlsafe(32)))
    embedding_model: str = ""  # "" = the one in the repository
    index_backend: Literal["faiss", "pgvector"] = "faiss"  # where the vectors of the index lie
    default_area: str = ""
    corpus: Paths = ()
    knowledge_packs: Literal["on", "plans-off", "off"] = "on"  # what we wrote, laid over what was read
    watch_folder: str = ""  # "" = no folder is watched
    watch_publish: bool = False  # whether what is found there serves at once, or is only staged
    llm_base_url: str = ""  # an OpenAI-compatible endpoint, as far as /v1; "" = no language model
    llm_model: str = ""
    llm_api_key: SecretStr = SecretStr("")
    llm_timeout_s: Annotated[float, Field(gt=0, le=30)] = 4.0  # for a whole answer
    data_keys: SecretStr = SecretStr("")  # what personal data is sealed with; "" = a key file of this machine
    open311_keys: SecretStr = SecretStr("")  # of programs that may file reports, with spaces between
    webhook_allow_private: bool = False  # whether offices' systems may lie in this network, without https
    reopen_days: Annotated[int, Field(ge=0, le=90)] = 15  # so long after an answer its reporter may reopen
    staff_totp: Literal["off", "desk", "all"] = "desk"  # who of the staff must have a second factor
    staff_idle_minutes: Annotated[int, Field(ge=5, le=480)] = (
        60  # a session ends so long after its last request
    )
    staff_session_hours: Annotated[int, Field(ge=1, le=24)] = 10  # and so long after it began in any case
    oidc_issuer: str = ""  # the provider whose identities open staff accounts; "" = none
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")
    oidc_name: str = ""  # what officials call it
    oidc_trust_mfa: bool = False  # whether whoever comes from there needs no second factor of ours
    public_url: str = ""  # how phones outside reach us; "" = as the kiosk does
    zalo_link: str = ""  # opens the office's account in Zalo, such as https://zalo.me/123; "" = not offered
    widget_sites: Sites = ""  # origins whose pages may embed the chat, with a space between; "" = none
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    message_max_chars: Annotated[int, Field(ge=100, le=20000)] = 2000
    web_rate_per_minute: Annotated[int, Field(ge=1)] = 60
    reply_wait_s: Annotated[float, Field(gt=0, le=60)] = 10.0
    channel_rate_per_minute: Annotated[int, Field(ge=1)] = 30  # messages of one person on a messaging app
    zalo_app_id: str = ""  # the app of developers.zalo.me; "" = there is no Zalo channel
    zalo_oa_id: str = ""  # the Official Account
    zalo_oa_secret: SecretStr = SecretStr("")  # the OA's secret key, which signs webhooks
    zalo_app_secret: SecretStr = SecretStr("")  # the app's, for its tokens
    zalo_api_url: str = "https://openapi.zalo.me"
    zalo_oauth_url: str = "https://oauth.zaloapp.com"
    zalo_redirect_uri: str = ""  # the app's callback address; "" = PUBLIC_URL/channels/zalo/consent
    zalo_oa_id_signs: bool = False  # whether signatures over the OA's id in the app id's place are taken too
    zalo_refresh_hours: Annotated[float, Field(ge=1, le=24)] = 20  # an access token lives 25
    zalo_quote_field: Literal["quote_message_id", "react_message_id", "off"] = "quote_message_id"
    zalo_contact_image: str = ""  # picture of the form that asks for a contact; "" = the form is not sent
    zalo_site_verification: Annotated[str, Field(pattern=r"^[\w-]*$")] = (
        ""  # the token of the domain's verification
    )
    messenger_app_id: str = ""  # the app of developers.facebook.com; "" = there is no Messenger channel
    messenger_app_secret: SecretStr = SecretStr("")  # signs webhooks, and proves calls
    messenger_verify_token: SecretStr = SecretStr("")  # our own word, told to Meta with the address
    messenger_pages: SecretStr = SecretStr("")  # PAGE_ID=PAGE_TOKEN with a space between, the main Page first
    messenger_areas: str = ""  # PAGE_ID=AREA with a space between; a Page without one has DEFAULT_AREA
    messenger_graph_url: str = "https://graph.facebook.com"
    messenger_version: Annotated[str, Field(pattern=r"^v\d+\.\d+$")] = "v26.0"
    messenger_text_limit: Annotated[int, Field(ge=640, le=2000)] = 2000
    messenger_persona: str = (
        ""  # the persona that officials write as; `motcua messenger setup --picture` makes it
    )
    messenger_human_agent: bool = (
        False  # whether Meta's review granted HUMAN_AGENT: 7 days for officials' words
    )
    messenger_typing: bool = True
    messenger_per_minute: Annotated[int, Field(ge=1, le=18000)] = 12000  # calls; a Page has 300 a second
    media_hosts: str = "zdn.vn zadn.vn fbcdn.net fbsbx.com"  # where photos sent through messaging apps lie
    media_allow_private: bool = False  # for a platform's simulator on this machine
    metrics_public: bool = False
    trusted_proxies: str = "127.0.0.1"  # whose X-Forwarded-For is believed

    @model_validator(mode="after")
    def _messenger_whole(self) -> Self:
        """As for Zalo: without these nothing that comes could be believed, and nothing sent."""
        lacking = [
            name.upper()
            for name in ("messenger_app_secret", "messenger_verify_token", "messenger_pages")
            if not getattr(self, name).get_secret_value().strip()
        ]
        if self.messenger_app_id and lacking:
            raise ValueError(f"MESSENGER_APP_ID is set, but not {', '.join(lacking)}")
        return self

    @model_validator(mode="after")
    def _zalo_whole(self) -> Self:
        """A channel without what proves a webhook genuine must not start."""
        lacking = [
            name
            for name, value in (
                ("ZALO_OA_ID", self.zalo_oa_id),
                ("ZALO_OA_SECRET", self.zalo_oa_secret.get_secret_value()),
                ("ZALO_APP_SECRET", self.zalo_app_secret.get_secret_value()),
            )
            if not value
        ]
        if self.zalo_app_id and lacking:
            raise ValueError(f"ZALO_APP_ID is set, but not {', '.join(lacking)}")
        return self

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> Self:
        """The settings of a process; an empty value is the same as none."""
        source = os.environ if env is None else env
        given = {name: source.get(name.upper(), "") for name in cls.model_fields}
        return cls.model_validate({name: value for name, value in given.items() if value != ""})

    def to_env(self) -> dict[str, str]:
        """What a child process needs in its environment to have the same settings."""
        values: dict[str, str] = {}
        for name, value in self:
            if isinstance(value, SecretStr):
                values[name.upper()] = value.get_secret_value()
            elif isinstance(value, tuple):
                values[name.upper()] = os.pathsep.join(str(path) for path in value)
            else:
                values[name.upper()] = str(value)
        return values

    @property
    def home(self) -> Path:
        return self.motcua_home.resolve()

    @property
    def rasa_address(self) -> str:
        return self.rasa_url or f"http://127.0.0.1:{self.rasa_port}"

    @property
    def widget_origins(self) -> tuple[str, ...]:
        return tuple(self.widget_sites.split())

    @property
    def llm_budget_s(self) -> float:
        """Seconds a reply may wait for the language model: Rasa waits for the reply meanwhile."""
        return min(self.llm_timeout_s, 0.75 * self.rasa_timeout_s)

    @property
    def postgres_dir(self) -> Path:
        return self.home / "pg"

    @property
    def knowledge_dir(self) -> Path:
        return self.home / "knowledge"

    @property
    def index_dir(self) -> Path:
        return self.home / "index"

    @property
    def rasa_models_dir(self) -> Path:
        return self.home / "models" / "rasa"

    @property
    def log_dir(self) -> Path:
        return self.home / "log"


def process_environment() -> dict[str, str]:
    """The whole environment of this process, for the parts it starts and the programs it looks for."""
    return dict(os.environ)
