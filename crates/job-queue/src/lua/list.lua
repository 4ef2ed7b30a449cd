-- ARGV: waiting | delayed | running | done | dead, offset, limit. Returns a list of {task or root, pairs of the record's fields}.
local kind, offset, limit = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local tasks = {}
if kind == 'waiting' then
  tasks = redis.call('LRANGE', q .. ':active', offset, offset + limit - 1)
elseif kind == 'delayed' then
  tasks = redis.call('ZRANGE', q .. ':delayed', offset, offset + limit - 1)
  local ours = redis.call('ZCARD', q .. ':delayed')
  if #tasks < limit then
    local from = math.max(0, offset - ours)
    for _, task in ipairs(redis.call('ZRANGE', q .. ':scheduled', from, from + limit - #tasks - 1)) do
      table.insert(tasks, task)
    end
  end
elseif kind == 'running' then
  local all = {}
  for _, worker in ipairs(redis.call('ZRANGE', q .. ':workers', 0, -1)) do
    for _, task in ipairs(redis.call('SMEMBERS', q .. ':inflight:' .. worker)) do
      table.insert(all, task)
    end
  end
  table.sort(all)
  for at = offset + 1, math.min(offset + limit, #all) do
    table.insert(tasks, all[at])
  end
else
  tasks = redis.call('ZREVRANGE', q .. ':finished:' .. kind, offset, offset + limit - 1)
end
local found = {}
for _, task in ipairs(tasks) do
  local root = split(task)
  table.insert(found, { root, redis.call('HGETALL', record_of(root)) })
end
return found
