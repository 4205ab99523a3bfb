"""A sample newsroom: a local news site with feeds, sitemaps, copies, edits and traps, and the truth about all of it.

>>> from rasid.newsroom import Newsroom
>>> with Newsroom(seed=1) as newsroom:  # doctest: +SKIP
...     print(newsroom.outlets[0].channels)
"""

from rasid.newsroom.outlets import Outlet
from rasid.newsroom.pages import SavedPages, SavedTruth
from rasid.newsroom.request_log import Gap, Request, RequestLog
from rasid.newsroom.room import Newsroom
from rasid.newsroom.truth import Truth, UrlTruth

__all__ = ["Gap", "Newsroom", "Outlet", "Request", "RequestLog", "SavedPages", "SavedTruth", "Truth", "UrlTruth"]
