-- ARGV: root, payload, coalescing key or '', delay in ms, nonce of this call.
-- Returns {new|duplicate|coalesced, root, state}. Repeating the call with the same nonce gives the same answer.
local root, payload, key, delay, nonce = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5]
local record = record_of(root)
local known = redis.call('HMGET', record, 'state', 'nonce')
if known[1] then
  return { known[2] == nonce and 'new' or 'duplicate', root, known[1] }
end
if redis.call('HEXISTS', q .. ':data', root) == 1 then
  return { 'duplicate', root, 'waiting' }
end
if key ~= '' then
  local twin = redis.call('HGET', q .. ':coalesce', key)
  local state = twin and redis.call('HGET', record_of(twin), 'state')
  if state and state ~= 'done' and state ~= 'dead' then
    return { 'coalesced', twin, state }
  end
  redis.call('HSET', q .. ':coalesce', key, root)
end
local now = now_ms()
local state = delay > 0 and 'delayed' or 'waiting'
announce(root, payload)
redis.call('HSET', record, 'state', state, 'nonce', nonce, 'pushed_at', now, 'ready_at', now + delay, 'attempt', 0, 'base', 0, 'starts', 0)
if key ~= '' then
  redis.call('HSET', record, 'key', key)
end
if delay > 0 then
  redis.call('ZADD', q .. ':delayed', now + delay, root)
else
  redis.call('RPUSH', q .. ':active', root)
end
return { 'new', root, state }
