"""A browser over HTTP: cookies, forms and their tokens, and nothing else."""

import http.client
import re
from dataclasses import dataclass
from html import unescape
from urllib.parse import urlencode

SECONDS = 30
"""Longer than the service waits for its database: then it has answered with its sentence."""


class Lost(Exception):
    """No answer came, so nobody knows whether the act took place."""


@dataclass(frozen=True)
class Answer:
    """What came back for a request."""

    status: int
    location: str
    text: str

    def says(self, words: str) -> bool:
        """Whether the page holds these words."""
        return words in unescape(self.text)

    def links(self, pattern: str) -> list[str]:
        """The addresses on the page that match *pattern*, each once."""
        return sorted({found for found in re.findall(r'href="([^"]+)"', self.text) if re.fullmatch(pattern, found)})


class Browser:
    """One person's browser, pointed at one port of this machine."""

    def __init__(self, port: int) -> None:
        self.port, self._cookies, self._page = port, dict[str, str](), ""

    def get(self, address: str) -> Answer:
        """Open a page."""
        return self._ask("GET", address, None)

    def post(self, address: str, **fields: str) -> Answer:
        """Send a form with the token of the page opened before."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', self._page)
        return self._ask("POST", address, urlencode({"csrf_token": found[1] if found else "", **fields}))

    def _ask(self, method: str, address: str, body: str | None) -> Answer:
        headers = {"Accept": "text/html", "Cookie": "; ".join(f"{name}={value}" for name, value in
                                                              self._cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        try:
            connection.request(method, address, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            raise Lost(str(error)) from None
        finally:
            connection.close()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.split(";", 1)[0].partition("=")
            self._cookies[name] = value
        if answer.headers.get_content_type() == "text/html" and "csrf_token" in text:
            self._page = text
        return Answer(answer.status, answer.headers.get("Location", ""), text)
