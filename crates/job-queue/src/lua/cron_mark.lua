-- ARGV: entry, tick in seconds, 'first' (only where none is known) or 'later' (never backwards). Returns the tick that now stands.
local entry, tick, mode = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local known = tonumber(redis.call('HGET', q .. ':cron', entry) or nil)
if not known or (mode == 'later' and tick > known) then
  redis.call('HSET', q .. ':cron', entry, tick)
  return tick
end
return known
