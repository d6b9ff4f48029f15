-- What every arrow starts from. KEYS[1] is the queue's key prefix, `funq:{q}:`. It is no key itself: it names the
-- Cluster slot, and every key that a script touches begins with it.
local base = KEYS[1]
local call, try = redis.call, redis.pcall

local function clock()
  local t = call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end

-- Whole numbers that go to commands often go as texts: Redis writes out a number as the double that it is for Lua, which costs more
-- than many a command.
local function text_of(n)
  return string.format('%d', n)
end

-- A list of texts as redis/pack.ts makes it.
local function texts_of(packed)
  return (string.byte(packed) == 91 and cjson.decode or cmsgpack.unpack)(packed)
end

local function job_key(id)
  return base .. 'job:' .. id
end

-- Fields of a record. Nothing where the record is lost, or replaced from outside by another type: an error would stop
-- the script halfway, with other jobs neither here nor there.
local function read(id, ...)
  local reply = redis.pcall('HMGET', job_key(id), ...)
  return reply.err and {} or reply
end

-- A whole number of a record, the last time that a Date can hold included. What is damaged counts as `default`: arithmetic with it would stop the script halfway, with
-- other jobs neither here nor there.
local function whole(text, default)
  local n = tonumber(text)
  return n and n == math.floor(n) and math.abs(n) < 2 ^ 53 and n or default
end

-- When a job was created, as text, and its function: both stand in its field `fn`.
local function made_of(text)
  local at, fn = string.match(text or '', '^(%d+) (.*)$')
  return at, fn or text
end

-- The state in a job's field `st`, before which a worker that ended it says more: see over_of.
local function status_of(text)
  return text and string.match(text, '^%S+') or 'queued'
end

local function add_to_field(key, field, by)
  local reply = redis.pcall('HINCRBY', key, field, by)
  if type(reply) == 'table' then call('HSET', key, field, by) end
end

-- `aux`: whether there are keys beside the job's record, as its field of that name says once any of them exists.
local function expire_at(id, at, aux)
  call('PEXPIREAT', job_key(id), at)
  if aux then
    for _, name in ipairs({ 'runs:', 'parents:', 'log:', 'steps:', 'told:' }) do call('PEXPIREAT', base .. name .. id, at) end
  end
end

-- What a job is found by besides its state: `tag:<tag>` and `error:<fingerprint>`. Which of them it is in stands in `indexed`, a line
-- each, and not in its record, which may have expired by then. Jobs that are in none cost one EXISTS a call, whatever their number.
-- Called by pcall: what something else wrote to these keys must not keep a job from its end.
local any_indexed

local function enter_index(id, name, score)
  call('ZADD', base .. name, score, id)
  local names = call('HGET', base .. 'indexed', id)
  if not names or not string.find('\n' .. names .. '\n', '\n' .. name .. '\n', 1, true) then
    call('HSET', base .. 'indexed', id, (names and names .. '\n' or '') .. name)
  end
  any_indexed = true
end

-- Takes a job out of all of them, or of those of one kind.
local function leave_indexes(id, kind)
  if any_indexed == nil then any_indexed = call('EXISTS', base .. 'indexed') == 1 end
  local names = any_indexed and call('HGET', base .. 'indexed', id)
  if not names then return end
  local left = {}
  for name in string.gmatch(names, '[^\n]+') do
    if not kind or string.sub(name, 1, #kind) == kind then
      call('ZREM', base .. name, id)
      -- With the last record of a cause goes what is told of it; a requeue, after which jobs may fail so again, leaves that.
      local cause = not kind and string.match(name, '^error:(.*)$')
      if cause and call('EXISTS', base .. name) == 0 then
        call('ZREM', base .. 'errors', cause)
        call('UNLINK', base .. 'cause:' .. cause)
      end
    else
      left[#left + 1] = name
    end
  end
  if #left > 0 then call('HSET', base .. 'indexed', id, table.concat(left, '\n')) else call('HDEL', base .. 'indexed', id) end
end

local function unlink(id)
  pcall(leave_indexes, id)
  call('UNLINK', job_key(id), base .. 'runs:' .. id, base .. 'parents:' .. id, base .. 'log:' .. id, base .. 'steps:' .. id,
    base .. 'told:' .. id)
end

-- Effects that a job's end has elsewhere, `deps:<id>` for its dependents and `fx:<id>` for its callbacks, webhooks and group: the
-- caller delivers at once what stands here, and the outbox keeps it until that is done.
local owed = {}

local function owe(effect, now)
  call('ZADD', base .. 'outbox', now, effect)
  owed[#owed + 1] = effect
end
