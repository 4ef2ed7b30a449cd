"""Talks to an OpenAI-compatible server with the unmodified openai package and prints what it saw, as JSON.

    openai_client.py <base url> <token> <token for the model `chat` only> <token that is not for models at all>

The server behind is the gateway over simulated upstreams; the models name what their upstream does (see the test).
Every step is a key of the answer; a step that raised is {"error": class, "status", "code", "type", "message", …}.
"""

import asyncio
import json
import sys
import time

import openai

BASE_URL, TOKEN, NARROW, SCOPELESS = sys.argv[1:]
MESSAGES = [{"role": "user", "content": "说说贵州茅台"}]
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "daily_bars",
            "description": "Daily bars of a share",
            "parameters": {"type": "object", "properties": {"code": {"type": "string"}}, "required": ["code"]},
        },
    }
]


def client(token=TOKEN, retries=2):
    return openai.OpenAI(base_url=BASE_URL, api_key=token, max_retries=retries, timeout=30)


def ask(model, retries=2, token=TOKEN, **more):
    return client(token, retries).chat.completions.create(model=model, messages=MESSAGES, **more)


def ask_raw(model, retries=2):
    """The answer's headers as well, and how often the package asked again by itself."""
    started = time.monotonic()
    raw = client(retries=retries).chat.completions.with_raw_response.create(model=model, messages=MESSAGES)
    return {
        "seconds": time.monotonic() - started,
        "retries": raw.retries_taken,
        "content": raw.parse().choices[0].message.content,
        "request_id": raw.headers.get("x-request-id"),
        "channel": raw.headers.get("x-twilight-channel"),
        "attempts": raw.headers.get("x-twilight-attempts"),
    }


def chat():
    answer = ask("chat")
    choice = answer.choices[0]
    return {
        "content": choice.message.content,
        "finish_reason": choice.finish_reason,
        "usage": answer.usage.model_dump(exclude_none=True),
        "request_id": answer._request_id,
    }


def completion():
    answer = client().completions.create(model="chat", prompt="说说贵州茅台", max_tokens=5)
    return {"text": answer.choices[0].text, "finish_reason": answer.choices[0].finish_reason}


def stream():
    """Without asking for usage: no chunk may be without choices."""
    content, empty, finish = [], 0, None
    for chunk in ask("chat", stream=True):
        if not chunk.choices:
            empty += 1
            continue
        content.append(chunk.choices[0].delta.content or "")
        finish = chunk.choices[0].finish_reason or finish
    return {"content": "".join(content), "chunks": len(content), "without_choices": empty, "finish_reason": finish}


def stream_with_usage():
    usage = None
    for chunk in ask("chat", stream=True, stream_options={"include_usage": True}):
        if chunk.usage is not None:
            usage = {"choices": len(chunk.choices), **chunk.usage.model_dump(exclude_none=True)}
    return usage


def stream_helper():
    """The package's own collector of events."""
    with client().chat.completions.stream(model="chat", messages=MESSAGES) as events:
        kinds = sorted({event.type for event in events})
        return {"kinds": kinds, "content": events.get_final_completion().choices[0].message.content}


def concurrent_streams():
    """Eight at once on one asynchronous client; what each of them said."""

    async def one(asking):
        content = ""
        async for chunk in await asking.chat.completions.create(model="chat", messages=MESSAGES, stream=True):
            content += chunk.choices[0].delta.content or ""
        return content

    async def all_of_them():
        async with openai.AsyncOpenAI(base_url=BASE_URL, api_key=TOKEN, timeout=30) as asking:
            return await asyncio.gather(*(one(asking) for _ in range(8)))

    return asyncio.run(all_of_them())


def closed_stream():
    """Read a little, then hang up; the next question on the same client must be answered."""
    asking = client()
    with asking.chat.completions.create(model="long", messages=MESSAGES, stream=True) as chunks:
        seen = next(iter(chunks)).choices[0].delta.role
    after = asking.chat.completions.create(model="chat", messages=MESSAGES)
    return {"seen": seen, "after": after.choices[0].message.content}


def tools():
    answer = ask("chat", tools=TOOLS, tool_choice="auto")
    calls = answer.choices[0].message.tool_calls
    asked = [[call.function.name, json.loads(call.function.arguments)] for call in calls]
    # The second half of the round: the call and its result go back, and the model ends with words.
    result = {"role": "tool", "tool_call_id": calls[0].id, "content": '{"close": 1488.0}'}
    messages = [*MESSAGES, answer.choices[0].message, result]
    said = client().chat.completions.create(model="chat", messages=messages, tools=TOOLS, tool_choice="none")
    last = said.choices[0]
    return {
        "asked": asked,
        "finish_reason": answer.choices[0].finish_reason,
        "then": [last.finish_reason, last.message.tool_calls, bool(last.message.content)],
    }


def streamed_tools():
    name, arguments, pieces, finish = None, "", 0, None
    for chunk in ask("chat", tools=TOOLS, stream=True):
        for choice in chunk.choices:
            finish = choice.finish_reason or finish
            for call in choice.delta.tool_calls or []:
                name = call.function.name or name
                arguments += call.function.arguments or ""
                pieces += 1
    return {"asked": [name, json.loads(arguments)], "pieces": pieces, "finish_reason": finish}


def embeddings():
    """As numbers, and as the package asks when it is not told: in base64."""
    told = {}
    for encoding in ("float", "base64"):
        more = {"encoding_format": "float"} if encoding == "float" else {}
        answer = client().embeddings.create(model="embed", input=["贵州茅台", "平安银行"], **more)
        told[encoding] = [[item.index, len(item.embedding)] for item in answer.data]
        told["first_" + encoding] = [round(number, 5) for number in answer.data[0].embedding]
    return told


def models(token=TOKEN):
    return sorted(model.id for model in client(token).models.list())


def cut(model):
    """The upstream breaks off after some content: the package must raise, not end as if all were well."""
    seen = ""
    try:
        for chunk in ask(model, stream=True):
            seen += chunk.choices[0].delta.content or ""
    except openai.APIError as error:
        return {"seen": seen, **told(error)}
    return {"seen": seen, "ended": "as if it were whole"}


def refused(model, retries=0, **more):
    """How long it took, and what the refusal said about asking again."""
    started = time.monotonic()
    try:
        ask(model, retries=retries, **more)
    except openai.APIStatusError as error:
        return {"seconds": time.monotonic() - started, **told(error), **waits(error)}
    return None


def limited():
    """The second request within a minute, on a channel that takes one."""
    ask("limited", retries=0)
    return refused("limited")


def waits(error):
    headers = error.response.headers
    return {name: headers.get(name) for name in ("retry-after", "retry-after-ms", "x-should-retry")}


def told(error):
    return {
        "error": type(error).__name__,
        "status": getattr(error, "status_code", None),
        "code": error.code,
        "type": error.type,
        "param": error.param,
        "message": error.message,
        "request_id": getattr(error, "request_id", None),
    }


def step(function):
    try:
        return function()
    except openai.APIError as error:
        return told(error)


STEPS = {
    "models": models,
    "narrow_models": lambda: models(NARROW),
    "model": lambda: client().models.retrieve("deepseek-ai/DeepSeek-V3").id,
    "chat": chat,
    "headers": lambda: ask_raw("chat"),
    "completion": completion,
    "stream": stream,
    "stream_with_usage": stream_with_usage,
    "stream_helper": stream_helper,
    "concurrent_streams": concurrent_streams,
    "closed_stream": closed_stream,
    "tools": tools,
    "streamed_tools": streamed_tools,
    "embeddings": embeddings,
    # Refusals.
    "wrong_token": lambda: ask("chat", token="tw-wrong"),
    "no_scope": lambda: ask("chat", token=SCOPELESS),
    "forbidden_model": lambda: ask("embed", token=NARROW),
    "unknown_model": lambda: ask("chta"),
    "unknown_route": lambda: client().responses.create(model="chat", input="hi"),
    "wrong_field": lambda: ask("chat", max_tokens=-1),
    "bad_request": lambda: ask("bad"),
    "content_refused": lambda: ask("content"),
    "limited": limited,
    "spent": lambda: refused("spent", retries=2),
    "broken": lambda: refused("broken"),
    # Trouble upstream that the caller does not see, or that the package gets over by itself.
    "falls_back": lambda: ask_raw("flaky", retries=0),
    "waits_as_told": lambda: ask_raw("busy"),
    "fails_twice_then_answers": lambda: ask_raw("unsteady"),
    # A stream that cannot be saved any more.
    "cut_stream": lambda: cut("cut"),
    "error_in_stream": lambda: cut("fails"),
}

json.dump({name: step(function) for name, function in STEPS.items()}, sys.stdout, ensure_ascii=False)
