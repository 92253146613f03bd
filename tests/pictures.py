"""Take pictures of the bot's answers: `python tests/pictures.py [FOLDER]`.

The real client answers in a simulated Discord, whose preview serves the messages as a local page;
Chromium takes the picture. Needs the extra `pictures` and a Chromium. The two pictures of the
README are made this way; the others are for looking at every kind of answer.
"""

import argparse
import asyncio
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import simcord
from conftest import REPOSITORY
from discord_desk import opened_desk, project_at
from PIL import Image, ImageChops

from bot.discord_app.client import PolicyClient

ASSETS = REPOSITORY / ".github" / "assets"
FOR_README = ("answered", "not-found")
WIDTH, _HEIGHT = 760, 1400  # pixels of the page
_BAR = 112  # pixels at its top that belong to the preview
_RIGHT = 620  # where the messages end
_MARGIN = 16
_LOAD_MILLISECONDS = 6000
CHINESE = {
    "2023-汽车行业.md": """---
title: 汽车行业稳增长工作方案（2023—2024年）
date: 2023-08-25
publisher: 工业和信息化部等七部门
url: https://www.gov.cn/zhengce/zhengceku/202309/content_6901762.htm
---
# 汽车行业稳增长工作方案（2023—2024年）

## 主要目标

2023年，汽车行业运行保持稳中向好发展态势。力争实现全年汽车销量2700万辆左右，同比增长约3%。

## 工作举措

支持扩大新能源汽车消费。落实好现有新能源汽车车船税、车辆购置税等优惠政策。
"""
}
Scene = Callable[[Any, Any, Any], Awaitable[Any]]


@dataclass(frozen=True)
class Picture:
    """A picture to take, and what is done before."""

    name: str
    scene: Scene  # environment, channel, member -> the message to look at
    documents: dict[str, str] | None = None
    locale: str = "en-US"
    settings: str = ""


async def ask(member: Any, channel: Any, question: str, **options: Any) -> Any:
    return (await member.slash(channel, "ask", question=question, **options)).response


async def answered(_: Any, channel: Any, member: Any) -> Any:
    return await ask(member, channel, "How many new energy vehicles were exported?")


async def paged(_: Any, channel: Any, member: Any) -> Any:
    message = await answered(_, channel, member)
    await member.click(message, label="Next")
    return message


async def uncertain(_: Any, channel: Any, member: Any) -> Any:
    return await ask(member, channel, "Which robots will be subsidised?")


async def not_found(_: Any, channel: Any, member: Any) -> Any:
    return await ask(member, channel, "What is the weather in Beijing today?")


async def private(_: Any, channel: Any, member: Any) -> Any:
    return await ask(member, channel, "Who is Tao Qing?", private=True)


async def chinese(env: Any, channel: Any, member: Any) -> Any:
    await member.send(channel, f"{env.bot.user.mention} 2023年汽车销量的目标是多少？")
    return channel.last_message


async def context(_: Any, channel: Any, member: Any) -> Any:
    return (await member.click(await answered(_, channel, member), label="Context")).response


async def why(_: Any, channel: Any, member: Any) -> Any:
    return (await member.click(await answered(_, channel, member), label="Why")).response


async def sources(_: Any, channel: Any, member: Any) -> Any:
    return (await member.slash(channel, "sources")).response


async def help_(_: Any, channel: Any, member: Any) -> Any:
    return (await member.slash(channel, "help")).response


async def privacy(_: Any, channel: Any, member: Any) -> Any:
    return (await member.slash(channel, "privacy")).response


async def follow_up(env: Any, channel: Any, member: Any) -> Any:
    message = await answered(env, channel, member)
    me = env.bot.user
    await member.send(channel, f"{me.mention} And the year before?", reply_to=message)
    return channel.last_message


async def cited(_: Any, channel: Any, member: Any) -> Any:
    id_ = "2023-09-06-ten-key-industries#9"
    return (await member.slash(channel, "cite", id=id_)).response


PICTURES = (
    Picture("answered", answered),
    Picture("paged", paged),
    Picture("uncertain", uncertain),
    Picture("not-found", not_found),
    Picture("private", private),
    Picture("chinese", chinese, CHINESE, "zh-CN"),
    Picture("context", context),
    Picture("why", why),
    Picture("sources", sources),
    Picture("help", help_),
    Picture("privacy", privacy),
    Picture("follow-up", follow_up),
    Picture("cited", cited),
)


async def take(picture: Picture, folder: Path, chromium: str) -> Path:
    """Play a scene and take its picture."""
    file = folder / f"{picture.name}.png"
    with tempfile.TemporaryDirectory() as there:
        project = project_at(Path(there) / "project", picture.settings, picture.documents)
        with opened_desk(project) as desk:
            async with simcord.run(PolicyClient(desk)) as env:
                guild = env.create_guild("Policy")
                channel = guild.create_text_channel("industry")
                member = guild.add_member(env.create_user("ada"))
                message = await picture.scene(env, channel, member)
                async with env.preview(
                    channel,
                    viewers=[member],
                    display="fixed",
                    width=WIDTH,
                    height=_HEIGHT,
                    locale=picture.locale,
                ) as preview:
                    await preview.show(getattr(message, "message", message))
                    process = await asyncio.create_subprocess_exec(
                        chromium,
                        *("--headless", "--no-sandbox", "--hide-scrollbars", "--disable-gpu"),
                        f"--user-data-dir={there}/browser",
                        f"--window-size={WIDTH},{_HEIGHT}",
                        f"--virtual-time-budget={_LOAD_MILLISECONDS}",
                        f"--screenshot={file}",
                        preview.url,
                        stdout=asyncio.subprocess.DEVNULL,
                        stderr=asyncio.subprocess.DEVNULL,
                    )
                    await asyncio.wait_for(process.wait(), 60)
    crop(file)
    return file


def crop(file: Path) -> None:
    """Leave the message alone in the picture."""
    with Image.open(file) as page:
        message = page.convert("RGB").crop((0, _BAR, _RIGHT, _HEIGHT))
    ground = message.getpixel((_RIGHT - 1, message.height // 2))
    assert ground is not None
    inside = ImageChops.difference(message, Image.new("RGB", message.size, ground))
    # The ground is shaded towards its edges; only what differs clearly is the message.
    box = inside.point(lambda value: 255 * (value > 24)).getbbox()
    assert box is not None, f"{file} is empty"
    message.crop((0, 0, _RIGHT, min(message.height, box[3] + _MARGIN))).save(file, optimize=True)


def main() -> int:
    parser = argparse.ArgumentParser(description="Take pictures of the bot's answers.")
    parser.add_argument("folder", nargs="?", type=Path, help="for all; else those of the README")
    parser.add_argument("--only", metavar="NAME")
    options = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        print("No Chromium found. Install one, such as the package chromium.", file=sys.stderr)
        return 2
    folder = options.folder or ASSETS
    folder.mkdir(parents=True, exist_ok=True)
    for picture in PICTURES:
        if options.only in (None, picture.name) and (options.folder or picture.name in FOR_README):
            print(asyncio.run(take(picture, folder, chromium)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
