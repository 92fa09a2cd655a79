"""Videos, GIFs and folders of pictures replay with their own times and true colours; what cannot is refused clearly."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from edge.domain.errors import LamppostError, Misconfigured, Undecodable
from hardware_sim.planes import to_rgb
from hardware_sim.stills import Stills
from hardware_sim.video import Video

COLOURS = ((200, 40, 40), (40, 180, 60), (50, 60, 200), (220, 210, 190), (30, 30, 30))
TIMES = (0, 40, 80, 200, 240)
"""Milliseconds: one gap."""


def film(path: Path, size: tuple[int, int] = (192, 108), codec: str = "h264", **options: Any) -> Path:
    """Five frames of one colour each."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=25)
        stream.width, stream.height = size
        stream.pix_fmt = options.get("pix_fmt", "yuv420p")
        if rotation := options.get("rotation"):
            stream.set_display_rotation(rotation)
        stream.time_base = Fraction(1, 1000)
        stream.codec_context.time_base = Fraction(1, 1000)
        for colour, moment in zip(COLOURS, TIMES, strict=True):
            image = np.full((size[1], size[0], 3), colour, np.uint8)
            image[:8, :8] = options.get("corner", colour)
            frame = av.VideoFrame.from_ndarray(image, "rgb24")
            frame.pts, frame.time_base = moment, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def test_a_video_keeps_its_times_and_colours(tmp_path: Path) -> None:
    video = Video(film(tmp_path / "film.mp4"), small_width=96)
    shots = list(video.shots())
    assert [shot.offset for shot in shots] == [timedelta(milliseconds=moment) for moment in TIMES]
    for shot, colour in zip(shots, COLOURS, strict=True):
        main, small = shot.pictures()
        assert (main.width, main.height, small.width, small.height) == (192, 108, 96, 54)
        for picture in (main, small):
            assert np.abs(to_rgb(picture).astype(int) - colour).mean() < 6


def test_full_range_colours_are_brought_to_limited_range(tmp_path: Path) -> None:
    video = Video(film(tmp_path / "film.avi", codec="mjpeg", pix_fmt="yuvj420p"))
    for shot, colour in zip(video.shots(), COLOURS, strict=True):
        assert np.abs(to_rgb(shot.pictures().main).astype(int) - colour).mean() < 8


def test_a_gif_keeps_its_times_and_colours(tmp_path: Path) -> None:
    path = film(tmp_path / "film.gif", codec="gif", pix_fmt="rgb8")
    video = Video(path)
    shots = list(video.shots())
    assert [shot.offset for shot in shots] == [timedelta(milliseconds=moment) for moment in TIMES]
    for shot, colour in zip(shots, COLOURS, strict=True):
        assert np.abs(to_rgb(shot.pictures().main).astype(int) - colour).mean() < 30  # eight bits a pixel


def test_odd_sides_become_even(tmp_path: Path) -> None:
    video = Video(film(tmp_path / "film.avi", size=(101, 75), codec="ffv1", pix_fmt="bgr0"))
    assert (video.width, video.height) == (100, 74)
    for shot in video.shots():
        main, small = shot.pictures()
        assert (main.width, main.height) == (100, 74)
        assert small is main  # a narrow video has one stream that serves as both


def test_a_video_filmed_upright_is_shown_upright(tmp_path: Path) -> None:
    """A telephone held upright stores the picture lying on its left side, to be turned clockwise."""
    video = Video(film(tmp_path / "film.mp4", rotation=-90, corner=(250, 250, 250)))
    assert (video.width, video.height) == (108, 192)
    luma = next(iter(video.shots())).pictures().main.y
    assert luma[:6, -6:].mean() > 200
    assert luma[:6, :6].mean() < 120


def test_a_video_can_be_played_twice(tmp_path: Path) -> None:
    video = Video(film(tmp_path / "film.mp4"))
    assert len(list(video.shots())) == len(list(video.shots())) == 5


def test_pictures_outlive_the_decoder(tmp_path: Path) -> None:
    shots = list(Video(film(tmp_path / "film.mp4")).shots())
    first = shots[0].pictures().main
    before = first.y.copy()
    for shot in shots:
        shot.pictures()
    assert np.array_equal(first.y, before)


def test_a_missing_video_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"no video .*gone\.mp4"):
        Video(tmp_path / "gone.mp4")


@pytest.mark.parametrize("content", [b"", b"not a video at all", b"\x00" * 5000])
def test_what_is_no_video_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(content)
    with pytest.raises(Misconfigured, match=r"film\.mp4 cannot be played"):
        Video(path)


def test_sound_alone_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("pcm_s16le", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
    with pytest.raises(Misconfigured, match=r"sound\.wav cannot be played: it has no video track"):
        Video(path)


def test_a_video_cut_short_is_refused(tmp_path: Path) -> None:
    whole = film(tmp_path / "whole.mp4").read_bytes()
    path = tmp_path / "film.mp4"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(LamppostError, match=r"film\.mp4"):
        list(Video(path).shots())


def test_damage_on_the_way_is_told_or_survived(tmp_path: Path) -> None:
    """Decoders go on after much damage; what they cannot survive names the file."""
    path = film(tmp_path / "film.gif", codec="gif", pix_fmt="rgb8")
    content = bytearray(path.read_bytes())
    content[len(content) // 2 :] = b"\xff" * (len(content) - len(content) // 2)
    path.write_bytes(bytes(content))
    shots: list[object] = []
    told = ""
    try:
        shots.extend(Video(path).shots())
    except Undecodable as error:
        told = str(error)
    assert "film.gif" in told or 0 < len(shots) <= 5


@pytest.mark.parametrize(
    ("name", "frames", "seconds", "size"),
    [
        ("classroom.gif", 45, 2.93, (480, 270)),
        ("face-demographics-walking.gif", 35, 2.83, (480, 270)),
        ("head-pose-face-detection-female-and-male.gif", 56, 4.58, (480, 270)),
    ],
)
def test_the_clips_play_with_their_own_times(
    data: Path, name: str, frames: int, seconds: float, size: tuple[int, int]
) -> None:
    video = Video(data / "clips" / name)
    offsets = [shot.offset.total_seconds() for shot in video.shots()]
    assert (video.width, video.height) == size
    assert len(offsets) == frames
    assert offsets[-1] == pytest.approx(seconds, abs=0.001)
    assert all(0.05 < gap < 0.1 for gap in np.diff(offsets))


def test_the_long_clip_plays_with_its_own_times(data: Path) -> None:
    offsets = []
    for shot in Video(data / "clips" / "one-by-one-person-detection.mp4").shots():
        offsets.append(shot.offset.total_seconds())
        if len(offsets) == 50:
            main, small = shot.pictures()
            break
    assert offsets == pytest.approx(list(np.arange(50) / 10), abs=0.001)
    assert (main.width, main.height, small.width, small.height) == (768, 432, 640, 360)


def test_stills_are_shown_one_after_the_other(tmp_path: Path) -> None:
    for number, colour in enumerate(COLOURS):
        cv2.imwrite(str(tmp_path / f"{number}.png"), np.full((50, 100, 3), colour[::-1], np.uint8))
    (tmp_path / "notes.txt").write_text("not a picture")
    stills = Stills.of(tmp_path)
    shots = list(stills.shots())
    assert [shot.offset.total_seconds() for shot in shots] == [0, 1, 2, 3, 4]
    main, small = shots[2].pictures()
    assert (main.width, main.height, small.width, small.height) == (1920, 1080, 640, 360)
    image = to_rgb(main)
    assert np.abs(image[540, 960].astype(int) - COLOURS[2]).max() < 6
    assert np.abs(image[5, 960].astype(int) - 96).max() < 6  # the surround


def test_a_folder_without_pictures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="no pictures"):
        Stills.of(tmp_path)


def test_a_still_that_is_no_picture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"nothing")
    with pytest.raises(Misconfigured, match=r"a\.png is not a picture"):
        next(iter(Stills.of(tmp_path).shots())).pictures()
