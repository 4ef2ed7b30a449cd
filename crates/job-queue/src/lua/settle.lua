-- ARGV: task, runner, outcome (done | dead | retry | release), result or error, delay in ms.
-- A retry counts as an attempt, a release does not. Returns settled | stale | gone; a repeated call answers stale and changes nothing.
local task, runner, outcome, text, delay = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
local root, number = split(task)
local record = record_of(root)
local now = now_ms()
local job = redis.call('HMGET', record, 'state', 'attempt', 'runner')
if not job[1] then
  return 'gone'
end
if job[1] ~= 'running' or tonumber(job[2]) ~= number or job[3] ~= runner then
  return 'stale'
end
if outcome == 'done' then
  redis.call('HDEL', record, 'error')
  finish(root, 'done', 'result', text, now)
  return 'settled'
end
local payload = redis.call('HGET', q .. ':data', task)
if outcome == 'dead' or not payload then
  finish(root, 'dead', 'error', text, now)
  return 'settled'
end
local next = root .. '~' .. (number + 1)
announce(next, payload)
redis.call('HSET', record, 'attempt', number + 1, 'state', delay > 0 and 'retrying' or 'waiting', 'ready_at', now + delay)
redis.call('HDEL', record, 'runner')
if outcome == 'release' then
  redis.call('HINCRBY', record, 'base', 1)
else
  redis.call('HSET', record, 'error', text)
end
if delay > 0 then
  redis.call('ZADD', q .. ':delayed', now + delay, next)
elseif outcome == 'release' then
  redis.call('LPUSH', q .. ':active', next)
else
  redis.call('RPUSH', q .. ':active', next)
end
return 'settled'
