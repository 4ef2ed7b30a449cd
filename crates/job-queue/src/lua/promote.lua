-- ARGV: most tasks to move. Moves due tasks to `active`: ours from `delayed`, foreign ones from apalis' own `scheduled`, a second
-- early, before apalis would unpack all of them at once (it dies of 8,000). Returns how many were taken.
local limit = tonumber(ARGV[1])
local now = now_ms()
local ours = redis.call('ZRANGEBYSCORE', q .. ':delayed', 0, now, 'LIMIT', 0, limit)
for _, task in ipairs(ours) do
  redis.call('ZREM', q .. ':delayed', task)
  admit(task, 'RPUSH', now)
end
local foreign = redis.call('ZRANGEBYSCORE', q .. ':scheduled', 0, math.floor(now / 1000) + 1, 'LIMIT', 0, limit - #ours)
for _, task in ipairs(foreign) do
  redis.call('ZREM', q .. ':scheduled', task)
  admit(task, 'RPUSH', now)
end
return #ours + #foreign
