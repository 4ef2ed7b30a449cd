-- ARGV: keys `{q}:workers:metadata:{worker}` found by a scan. Deletes those whose worker is gone, and runners silent for a day.
local count = 0
local prefix = q .. ':workers:metadata:'
for _, key in ipairs(ARGV) do
  if not redis.call('ZSCORE', q .. ':workers', string.sub(key, #prefix + 1)) then
    count = count + redis.call('DEL', key)
  end
end
redis.call('ZREMRANGEBYSCORE', q .. ':runners', 0, now_ms() - 86400000)
return count
