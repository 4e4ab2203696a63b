"""URLs that must not be called, by their spelling and by what their names resolve to."""

from __future__ import annotations

import ipaddress

import pytest

from regulars.infra.http_out import AddressRefused, AllowList, UrlRefused, check_url, is_public, parse_url
from regulars.infra.http_out.addresses import Address

NOBODY = AllowList()


def resolving(*addresses: str):  # type: ignore[no-untyped-def]
    async def resolve(host: str, port: int) -> list[Address]:
        if not addresses:
            raise OSError("no such host")
        return [ipaddress.ip_address(address) for address in addresses]

    return resolve


@pytest.mark.parametrize(
    "url",
    [
        # Plain http, other schemes, no scheme.
        "http://example.com/", "ftp://example.com/", "file:///etc/passwd", "gopher://example.com/", "//example.com/",
        "example.com", "", "https://", "https:///path", "javascript:alert(1)",
        # Addresses of our own network, in every spelling that some resolver accepts.
        "https://2130706433/", "https://0x7f000001/", "https://017700000001/", "https://127.1/", "https://127.0.1/",
        "https://0177.0.0.1/", "https://0x7f.0.0.1/", "https://127.0.0.1./", "https://0/", "https://00000000/",
        "https://localhost/", "https://intranet/", "https://metadata/", "https://①②⑦.⓪.⓪.①/", "https://ｌocalhost/",
        "https://[fe80::1%25eth0]/", "https://[::1%25lo]/", "https://[::1/",
        # Credentials, fragments, confusing characters, impossible ports.
        "https://user@example.com/", "https://user:secret@example.com/", "https://example.com#@evil.test/",
        "https://example.com\\@evil.test/", "https://example.com/ path", "https://exa\tmple.com/", "https://example.com/\n",
        "https://example.com:0/", "https://example.com:65536/", "https://example.com:-1/", "https://example.com:http/",
        "https://exa$mple.com/", "https://-example.com/", "https://example..com/", "https://" + "a" * 64 + ".com/",
        "https://example.com/" + "a" * 3000,
    ],
)  # fmt: skip
def test_the_spelling_is_refused(url: str) -> None:
    """Nothing but https with a full name or a plainly written address is taken."""
    with pytest.raises(UrlRefused):
        parse_url(url, NOBODY)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.254", "169.254.169.254",
        "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1",
        "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
        "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::7f00:1", "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1",
        "2001::1", "2001:db8::1", "2002:7f00:1::", "3fff::1", "5f00::1", "fc00::1", "fd12:3456::1", "fe80::1",
        "fec0::1", "ff02::1",
    ],
)  # fmt: skip
async def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    """Written into the URL or hidden behind a name, alone or among public ones."""
    host = f"[{address}]" if ":" in address else address
    assert not is_public(ipaddress.ip_address(address))
    with pytest.raises(AddressRefused):
        await check_url(f"https://{host}/", NOBODY)
    with pytest.raises(AddressRefused):
        await check_url("https://hooks.example.com/", NOBODY, resolving(address))
    with pytest.raises(AddressRefused):
        await check_url("https://hooks.example.com/", NOBODY, resolving("93.184.216.34", address))


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450:4001::1"]
)
async def test_a_public_address_is_fine(address: str) -> None:
    """What is given out to hosts may be called."""
    assert (await check_url("https://hooks.example.com/in?a=1", NOBODY, resolving(address))).path == "/in?a=1"


async def test_a_name_that_cannot_be_resolved_is_refused() -> None:
    """No answer is a refusal, not a permission."""
    with pytest.raises(AddressRefused):
        await check_url("https://nowhere.example.com/", NOBODY, resolving())


def test_the_parts_of_a_url() -> None:
    """Host, port and path as they go over the wire; a trailing dot and upper case do not make another host."""
    target = parse_url("https://Hooks.Example.COM.:8443/a%20b?c=d", NOBODY)
    assert (target.host, target.port, target.path) == ("hooks.example.com", 8443, "/a%20b?c=d")
    assert target.authority == "hooks.example.com:8443"
    assert parse_url("https://[2606:4700::1111]/", NOBODY).authority == "[2606:4700::1111]"
    assert parse_url("https://example.com", NOBODY).path == "/"


async def test_the_allow_list_opens_what_it_names_and_nothing_else() -> None:
    """A host with a port allows that port only; a network allows its addresses; http is then possible."""
    allowed = AllowList.parse("127.0.0.1:9000, hooks.internal, 10.1.0.0/16, [::1]:9000")
    await check_url("http://127.0.0.1:9000/", allowed)
    await check_url("http://[::1]:9000/", allowed)
    await check_url("http://hooks.internal/", allowed, resolving("10.9.9.9"))
    await check_url("https://hooks.example.com/", allowed, resolving("10.1.2.3"))
    for url in (
        "http://127.0.0.1:9001/",
        "https://127.0.0.1/",
        "http://127.0.0.2:9000/",
        "https://10.2.0.1/",
    ):
        with pytest.raises(UrlRefused):
            await check_url(url, allowed)
    with pytest.raises(AddressRefused):
        await check_url("https://hooks.example.com/", allowed, resolving("10.1.2.3", "10.2.0.1"))


@pytest.mark.parametrize("text", ["127.0.0.1:x", "10.0.0.0/99", ":80"])
def test_an_unreadable_allow_list_is_refused(text: str) -> None:
    """A typing mistake must not silently allow or forbid."""
    with pytest.raises(ValueError):
        AllowList.parse(text)
