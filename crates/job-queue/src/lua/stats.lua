-- Returns {waiting, delayed, running, done, dead, workers, ms since the first waiting task became ready or -1}.
local running = 0
local workers = redis.call('ZRANGE', q .. ':workers', 0, -1)
for _, worker in ipairs(workers) do
  running = running + redis.call('SCARD', q .. ':inflight:' .. worker)
end
local age = -1
local first = redis.call('LINDEX', q .. ':active', 0)
if first then
  local ready = redis.call('HGET', record_of((split(first))), 'ready_at')
  age = ready and math.max(0, now_ms() - tonumber(ready)) or 0
end
return {
  redis.call('LLEN', q .. ':active'),
  redis.call('ZCARD', q .. ':delayed') + redis.call('ZCARD', q .. ':scheduled'),
  running,
  redis.call('ZCARD', q .. ':finished:done'),
  redis.call('ZCARD', q .. ':finished:dead'),
  #workers,
  age,
}
