"""Talks to an OpenAI-compatible server with the unmodified openai package and prints what it saw, as JSON.

    openai_client.py <base url> <token>

The server behind is the gateway over simulated upstreams; the models name what their upstream does (see the test).
Every step is a key of the answer; a step that raised is {"error": class, "status", "code", "type", "message", …}.
"""

import json
import sys
import time

import openai

BASE_URL, TOKEN = sys.argv[1], sys.argv[2]
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
    messages = [{"role": "user", "content": "说说贵州茅台"}]
    return client(token, retries).chat.completions.create(model=model, messages=messages, **more)


def chat():
    answer = ask("chat")
    choice = answer.choices[0]
    return {
        "content": choice.message.content,
        "finish_reason": choice.finish_reason,
        "usage": answer.usage.model_dump(exclude_none=True),
    }


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


def tools():
    answer = ask("tools", tools=TOOLS, tool_choice="auto")
    calls = answer.choices[0].message.tool_calls
    return [[call.function.name, json.loads(call.function.arguments)] for call in calls]


def streamed_tools():
    name, arguments = None, ""
    for chunk in ask("tools", tools=TOOLS, stream=True):
        for choice in chunk.choices:
            for call in choice.delta.tool_calls or []:
                name = call.function.name or name
                arguments += call.function.arguments or ""
    return [name, json.loads(arguments)]


def embeddings():
    answer = client().embeddings.create(model="embed", input=["贵州茅台", "平安银行"], encoding_format="float")
    return {"vectors": len(answer.data), "indices": [item.index for item in answer.data]}


def models():
    return sorted(model.id for model in client().models.list())


def raw_headers():
    raw = client().chat.completions.with_raw_response.create(model="chat", messages=[{"role": "user", "content": "hi"}])
    return {"request_id": raw.headers.get("x-request-id"), "channel": raw.headers.get("x-twilight-channel")}


def cut_stream():
    """The upstream breaks off after some content: the package must raise, not end as if all were well."""
    seen = 0
    try:
        for _chunk in ask("cut", stream=True):
            seen += 1
    except openai.APIError as error:
        return {"seen": seen, **told(error)}
    return {"seen": seen, "ended": "as if it were whole"}


def limited():
    """At the limit of its only channel: the package's own retries, with what it was told to wait."""
    started = time.monotonic()
    ask("limited", retries=0)
    try:
        ask("limited", retries=0)
    except openai.RateLimitError as error:
        return {"waited": time.monotonic() - started, **told(error), **waits(error)}
    return None


def spent():
    """A spent budget must not be retried: the number of requests is read from the server."""
    started = time.monotonic()
    try:
        ask("spent", retries=2)
    except openai.RateLimitError as error:
        return {"seconds": time.monotonic() - started, **told(error), **waits(error)}
    return None


def fails_twice_then_answers():
    """The only channel fails; the package's own retries get the answer once it is well again."""
    return {"content": ask("flaky", retries=4).choices[0].message.content}


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
    "chat": chat,
    "headers": raw_headers,
    "stream": stream,
    "stream_with_usage": stream_with_usage,
    "tools": tools,
    "streamed_tools": streamed_tools,
    "embeddings": embeddings,
    "wrong_token": lambda: ask("chat", token="tw-wrong"),
    "unknown_model": lambda: ask("nobody-has-this", retries=0),
    "bad_request": lambda: ask("bad", retries=0),
    "content_refused": lambda: ask("content", retries=0),
    "cut_stream": cut_stream,
    "limited": limited,
    "spent": spent,
    "fails_twice_then_answers": fails_twice_then_answers,
}

json.dump({name: step(function) for name, function in STEPS.items()}, sys.stdout, ensure_ascii=False)
