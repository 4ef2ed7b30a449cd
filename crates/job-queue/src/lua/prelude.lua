-- Shared by every script. KEYS[1] is the queue's name; the other keys are derived from it.
local q = KEYS[1]

local function now_ms()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end

local function record_of(root)
  return q .. ':job:' .. root
end

-- First attempt's task and retry number of a task.
local function split(task)
  local root, number = string.match(task, '^(.+)~(%d+)$')
  if root and #number < 10 then
    return root, tonumber(number)
  end
  return task, 0
end

-- What apalis must find for every task that it fetches; it dies of a missing field.
local function announce(task, payload)
  redis.call('HSET', q .. ':data', task, payload)
  redis.call('DEL', q .. ':meta:' .. task)
  redis.call('HSET', q .. ':meta:' .. task, 'attempts', 0, 'max_attempts', 25, 'status', 'Pending')
end

local function finish(root, state, field, text, now)
  local record = record_of(root)
  redis.call('HSET', record, 'state', state, field, text, 'finished_at', now)
  redis.call('ZADD', q .. ':finished:' .. state, now, root)
  local key = redis.call('HGET', record, 'key')
  if key and redis.call('HGET', q .. ':coalesce', key) == root then
    redis.call('HDEL', q .. ':coalesce', key)
  end
end

-- Ids that apalis reads as a number, ULID or UUID come back in another spelling.
local function is_mangled(task)
  return string.match(task, '^%+?%d+$') ~= nil
    or (#task == 26 and string.match(task, '^%w+$') ~= nil and string.match(task, '%l') ~= nil)
    or ((#task == 32 or #task == 36) and string.match(task, '^[%x%-]+$') ~= nil)
end

-- Puts a task into `active` in a form that apalis can deliver, or buries it. The side is RPUSH (behind) or LPUSH (in front).
local function admit(task, side, now)
  local payload = redis.call('HGET', q .. ':data', task)
  if not payload or not string.match(task, '^[!-~]+$') then
    if redis.call('EXISTS', record_of(task)) == 0 and payload then
      redis.call('HSET', record_of(task), 'pushed_at', now, 'attempt', 0, 'base', 0, 'starts', 0)
    end
    local root = split(task)
    if redis.call('EXISTS', record_of(root)) == 1 then
      finish(root, 'dead', 'error', payload and 'the task id cannot be delivered' or 'the payload is lost', now)
    end
    return false
  end
  if is_mangled(task) then
    local name = 'j:' .. task
    local is_new = redis.call('HSETNX', q .. ':data', name, payload) == 1
    redis.call('HDEL', q .. ':data', task)
    redis.call('DEL', q .. ':meta:' .. task)
    if not is_new then
      return false
    end
    task = name
  end
  local root, number = split(task)
  announce(task, payload)
  redis.call(side, q .. ':active', task)
  local record = record_of(root)
  local job = redis.call('HMGET', record, 'state', 'attempt')
  if (job[1] == 'delayed' or job[1] == 'retrying') and tonumber(job[2]) == number then
    redis.call('HSET', record, 'state', 'waiting', 'ready_at', now)
  end
  return true
end

