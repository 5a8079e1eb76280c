"""`zcrm auth`: sign in once, see how things stand, sign out."""

from typing import Annotated

import typer

__all__ = ["app"]

app = typer.Typer(
    help="Sign in to Zoho CRM, see how things stand, sign out.", no_args_is_help=True, rich_markup_mode=None
)

_REDIRECT_URI = "http://127.0.0.1:8754/callback"


@app.command()
def login(
    profile: Annotated[str, typer.Option(metavar="NAME", help="What to call this sign-in.")] = "default",
    data_center: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="us, eu, in, au, cn, jp, ca, sa, uk or ae; us by default."),
    ] = None,
    environment: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="production, sandbox or developer; production by default."),
    ] = None,
    client_id: Annotated[
        str | None, typer.Option(metavar="ID", help="From the API console; asked for when missing.")
    ] = None,
    tasks: Annotated[
        list[str] | None,
        typer.Option(
            "--for",
            metavar="TASK[:MODULES]",
            help="What it is for: records, records:Deals,Leads, records-read, appointments,"
            " appointments-read, mass-update, mass-update:Leads, fields. By default all but fields,"
            " whose metadata are settings.",
        ),
    ] = None,
    grant_code: Annotated[
        bool, typer.Option("--grant-code", help="Paste a code that a self client generated.")
    ] = False,
    soid: Annotated[
        str | None,
        typer.Option(metavar="ZohoCRM.ID", help="Sign in by client credentials, for the org with this id."),
    ] = None,
    redirect_uri: Annotated[
        str,
        typer.Option(metavar="URL", help="As registered in the API console; leads back to this machine."),
    ] = _REDIRECT_URI,
    browser: Annotated[bool, typer.Option(help="Open the browser, or only print where to go.")] = True,
    keyring: Annotated[
        bool, typer.Option("--keyring", help="Keep secrets and tokens in the system's keyring, not in files.")
    ] = False,
    simulator: Annotated[
        bool, typer.Option("--simulator", help="Walk through it with a simulated Zoho; nothing is kept.")
    ] = False,
) -> None:
    """Sign in, in the browser unless said otherwise, and keep what it takes in a private file.

    The client secret is asked for, or read from ZCRM_CLIENT_SECRET, or from standard input; so is a grant
    code, after it. Neither ever stands on the command line. ZCRM_ACCOUNTS_URL and ZCRM_API_DOMAIN name other
    servers than the data centre's.
    """
    if grant_code and soid:
        raise typer.BadParameter("--grant-code and --soid are two ways to sign in; choose one")

    from zcrm.cli import account

    wanted = account.Wanted(
        profile=profile,
        data_center=data_center,
        environment=environment,
        client_id=client_id,
        tasks=tuple(tasks or ()),
        grant_code=grant_code,
        soid=soid,
        redirect_uri=redirect_uri,
        browser=browser,
        keyring=keyring,
    )
    raise typer.Exit(account.login(wanted, simulated=simulator))


@app.command()
def status(
    profile: Annotated[
        str | None, typer.Option(metavar="NAME", help="This sign-in alone; all by default.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Write it as JSON.")] = False,
    check: Annotated[
        bool,
        typer.Option(
            "--check", help="Ask Zoho for a token of each, for org and user; where there is none, exit 4."
        ),
    ] = False,
) -> None:
    """Show who is signed in, where, for what, and how old the access token is; nothing secret.

    Every profile has its lines, good or not, and so have the credentials of the environment. --check uses one
    of the ten tokens that there are in ten minutes, and asks of which org and user it is, as far as the
    scopes allow that.
    """
    from zcrm.cli import account

    raise typer.Exit(account.status(profile, as_json=json, check=check))


@app.command()
def logout(
    profile: Annotated[
        str | None, typer.Option(metavar="NAME", help="Which sign-in; needed where there are several.")
    ] = None,
    local: Annotated[
        bool, typer.Option("--local", help="Only forget it on this machine, without withdrawing it.")
    ] = False,
) -> None:
    """Withdraw the refresh token with all its access tokens, and forget the profile."""
    from zcrm.cli import account

    raise typer.Exit(account.logout(profile, local=local))
