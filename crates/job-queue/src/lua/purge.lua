-- ARGV: done | dead, minimum age in ms, most jobs to purge. Removes finished jobs with all that apalis keeps of them. Returns how many.
local kind, age, limit = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local roots = redis.call('ZRANGEBYSCORE', q .. ':finished:' .. kind, 0, now_ms() - age, 'LIMIT', 0, limit)
for _, root in ipairs(roots) do
  local last = tonumber(redis.call('HGET', record_of(root), 'attempt') or '0')
  for number = 0, last do
    local task = number > 0 and (root .. '~' .. number) or root
    redis.call('HDEL', q .. ':data', task)
    redis.call('DEL', q .. ':meta:' .. task)
    redis.call('SREM', q .. ':done', task)
    redis.call('SREM', q .. ':dead', task)
  end
  redis.call('DEL', record_of(root))
  redis.call('ZREM', q .. ':finished:' .. kind, root)
end
return #roots
