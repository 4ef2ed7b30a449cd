-- ARGV: roots to try. The first that is known is sent again with a fresh budget of attempts. Returns {retried | state | payload-lost | unknown, root}.
for _, root in ipairs(ARGV) do
  local record = record_of(root)
  local job = redis.call('HMGET', record, 'state', 'attempt', 'key')
  if job[1] then
    if job[1] ~= 'dead' then
      return { job[1], root }
    end
    local number = tonumber(job[2])
    local task = number > 0 and (root .. '~' .. number) or root
    local payload = redis.call('HGET', q .. ':data', task) or redis.call('HGET', q .. ':data', root)
    if not payload then
      return { 'payload-lost', root }
    end
    local now = now_ms()
    local next = root .. '~' .. (number + 1)
    announce(next, payload)
    redis.call('HSET', record, 'state', 'waiting', 'attempt', number + 1, 'base', number + 1, 'starts', 0, 'crashes', 0, 'handed_back', 0, 'ready_at', now)
    redis.call('HDEL', record, 'finished_at', 'runner')
    redis.call('ZREM', q .. ':finished:dead', root)
    redis.call('SREM', q .. ':dead', task)
    if job[3] then
      redis.call('HSETNX', q .. ':coalesce', job[3], root)
    end
    redis.call('RPUSH', q .. ':active', next)
    return { 'retried', root }
  end
end
return { 'unknown', '' }
