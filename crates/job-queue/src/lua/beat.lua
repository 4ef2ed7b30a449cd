-- ARGV: runner. This process is alive. Returns the id of this run of the server, '' where it may not be asked.
redis.call('ZADD', q .. ':runners', now_ms(), ARGV[1])
local info = redis.pcall('INFO', 'server')
return type(info) == 'string' and string.match(info, 'run_id:(%x+)') or ''
