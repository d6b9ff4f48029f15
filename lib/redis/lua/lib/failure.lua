-- Failed jobs by their cause: `error:<fingerprint>` are the ids of one, `errors` when each was last seen, and `cause:<fingerprint>` what is
-- told of it. A cause that was not seen for 90 days is forgotten; of one queue the last 1,000 are kept.
local CAUSE_MS = 7776000000
local CAUSES = 1000

local function forget_cause(fingerprint)
  call('ZREM', base .. 'errors', fingerprint)
  call('UNLINK', base .. 'cause:' .. fingerprint)
end

-- What is told of a cause is that of its first job; a payload that is no error tells nothing.
local function describe_cause(cause, err)
  local ok, told = pcall(cjson.decode, err)
  if not ok or type(told) ~= 'table' then return end
  for _, field in ipairs({ 'name', 'message' }) do
    if type(told[field]) == 'string' then call('HSET', cause, field, string.sub(told[field], 1, 1000)) end
  end
end

local function note_failure(id, fingerprint, err, now)
  local cause = base .. 'cause:' .. fingerprint
  if call('HSETNX', cause, 'first', now) == 1 then
    describe_cause(cause, err)
    if call('ZCARD', base .. 'errors') >= CAUSES then forget_cause(call('ZRANGE', base .. 'errors', 0, 0)[1]) end
  end
  call('HINCRBY', cause, 'count', 1)
  call('HSET', cause, 'last', now, 'id', id)
  local _, fn = made_of(read(id, 'fn')[1])
  if fn and call('HLEN', cause) < 16 then call('HSET', cause, 'fn:' .. fn, 1) end
  call('PEXPIRE', cause, CAUSE_MS)
  call('ZADD', base .. 'errors', now, fingerprint)
  for _, old in ipairs(call('ZRANGEBYSCORE', base .. 'errors', '-inf', now - CAUSE_MS, 'LIMIT', 0, 10)) do forget_cause(old) end
  enter_index(id, 'error:' .. fingerprint, now)
end
