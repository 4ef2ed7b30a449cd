-- ARGV: a worker that is known to be dead, deliveries without a start after which a job is buried.
-- Hands its tasks back, in front of the others, and forgets the worker. Returns how many.
local worker, hopeless = ARGV[1], tonumber(ARGV[2])
local now = now_ms()
local count = 0
local task = redis.call('SPOP', q .. ':inflight:' .. worker)
while task do
  local root = split(task)
  local record = record_of(root)
  if redis.call('EXISTS', record) == 1 and redis.call('HINCRBY', record, 'handed_back', 1) - tonumber(redis.call('HGET', record, 'starts') or '0') > hopeless then
    finish(root, 'dead', 'error', 'it could not be delivered ' .. hopeless .. ' times', now)
  elseif admit(task, 'LPUSH', now) then
    count = count + 1
  end
  task = redis.call('SPOP', q .. ':inflight:' .. worker)
end
redis.call('ZREM', q .. ':workers', worker)
redis.call('DEL', q .. ':workers:metadata:' .. worker)
return count
