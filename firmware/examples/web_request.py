"""The web by `requests`, verified. By itself it verifies nobody: under `install` it does, whatever it says.

mpremote mip install requests
"""

import latchkey

latchkey.install(cafile="root.pem")

import requests  # noqa: E402  (after install)

URL = "https://example.org/"


def fetch(url=None):
    answer = requests.get(url or URL, timeout=20)
    try:
        if answer.status_code != 200:
            raise OSError("{} {}".format(answer.status_code, answer.reason))
        return answer.text
    finally:
        answer.close()


if __name__ == "__main__":
    print(fetch())
