-- ARGV: task, runner, outcome (done | dead | retry | release), result or error, delay in ms, nonce of the push that began.
-- A retry counts as an attempt, a release does not. Returns settled | stale | gone; a repeated call answers stale and changes nothing.
local task, runner, outcome, text, delay = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
local root, number = split(task)
local record = record_of(root)
local now = now_ms()
local job = redis.call('HMGET', record, 'state', 'attempt', 'runner', 'nonce')
if not job[1] then
  return 'gone'
end
local is_running = job[1] == 'running'
if not is_running or tonumber(job[2]) ~= number or job[3] ~= runner then
  -- A killed Redis forgets what it had not written yet. Where it forgot that this attempt began, and nobody has begun it since,
  -- the outcome still counts: turned away, it would be acknowledged all the same, and the job would wait for ever.
  local is_open = is_running and job[3] == runner or job[1] == 'waiting' or job[1] == 'delayed' or job[1] == 'retrying'
  if not is_open or number < tonumber(job[2]) or (job[4] or '') ~= ARGV[6] then
    return 'stale'
  end
  redis.call('HINCRBY', record, 'starts', 1)
  redis.call('HSET', record, 'state', 'running', 'attempt', number, 'started_at', now)
end
if outcome == 'done' then
  redis.call('HDEL', record, 'error')
  finish(root, 'done', 'result', text, now)
  return 'settled'
end
local payload = redis.call('HGET', q .. ':data', task) or redis.call('HGET', q .. ':data', root)
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
