-- ARGV: task, runner, ms after which a silent runner counts as dead, crashes allowed.
-- Returns {verdict, text, attempt, nonce of the push}: run | busy | settled-done | settled-dead | superseded | gone | crashed.
local task, runner, silent, crashes_allowed = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local root, number = split(task)
local record = record_of(root)
local now = now_ms()
if redis.call('HEXISTS', q .. ':data', task) == 0 then
  return { 'gone', '', 0, '' }
end
if redis.call('EXISTS', record) == 0 then
  redis.call('HSET', record, 'state', 'waiting', 'pushed_at', now, 'ready_at', now, 'attempt', number, 'base', number, 'starts', 0)
end
local job = redis.call('HMGET', record, 'state', 'attempt', 'base', 'runner', 'result', 'error', 'nonce')
local state, current, base = job[1], tonumber(job[2]), tonumber(job[3])
if number < current then
  return { 'superseded', '', 0, '' }
end
if state == 'done' then
  return { 'settled-done', job[5] or 'null', 0, '' }
elseif state == 'dead' then
  return { 'settled-dead', job[6] or '', 0, '' }
end
local crashes = 0
if state == 'running' and job[4] ~= runner then
  local beat = redis.call('ZSCORE', q .. ':runners', job[4])
  if beat and now - tonumber(beat) < silent then
    return { 'busy', job[4], 0, '' }
  end
  crashes = redis.call('HINCRBY', record, 'crashes', 1)
end
redis.call('HINCRBY', record, 'starts', 1)
redis.call('HSET', record, 'state', 'running', 'runner', runner, 'started_at', now, 'attempt', number)
local attempt = number - base + 1
if crashes >= crashes_allowed and crashes > 0 then
  return { 'crashed', tostring(crashes), attempt, job[7] or '' }
end
return { 'run', '', attempt, job[7] or '' }
