-- ARGV: roots to try. Returns {root, record as pairs, payload or false}, or an empty list.
for _, root in ipairs(ARGV) do
  local fields = redis.call('HGETALL', record_of(root))
  local payload = redis.call('HGET', q .. ':data', root)
  if #fields > 0 or payload then
    return { root, fields, payload }
  end
end
return {}
