-- ARGV: roots to try. The first that is known is forgotten with all that apalis keeps of it, if it is dead.
-- Returns {forgotten | state | unknown, root}.
for _, root in ipairs(ARGV) do
  local record = record_of(root)
  local job = redis.call('HMGET', record, 'state', 'attempt')
  if job[1] then
    if job[1] ~= 'dead' then
      return { job[1], root }
    end
    for number = 0, tonumber(job[2] or '0') do
      local task = number > 0 and (root .. '~' .. number) or root
      redis.call('HDEL', q .. ':data', task)
      redis.call('DEL', q .. ':meta:' .. task)
      redis.call('SREM', q .. ':done', task)
      redis.call('SREM', q .. ':dead', task)
    end
    redis.call('DEL', record)
    redis.call('ZREM', q .. ':finished:dead', root)
    return { 'forgotten', root }
  end
end
return { 'unknown', '' }
