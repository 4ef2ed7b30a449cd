-- ARGV: runner. This process is alive.
redis.call('ZADD', q .. ':runners', now_ms(), ARGV[1])
return 1
