-- Stores new jobs: queued, scheduled, deferred, or canceled where a parent was.
-- KEYS  1 the queue's prefix
-- ARGV  1 holder (a worker that takes the jobs at once, or empty)  2 its lease ms  3 default failure ttl
--       4 '1' when sent again  5 the jobs as one JSON list: for each its id, function, arguments, options JSON or '', and an object
--       of what only some jobs have or ''  6 the channel of a client that awaits all of them, or ''
--       7 what the channels of workers begin with, or ''
-- Returns {refusals, tokens, owed}: refusals = {index, code, detail} ...
-- Sent again after a lost reply, a job that stands there with the same function and arguments is this one.
--@include base
--@include flags
--@include place
--@include conclude
--@include settle
local now = clock()
local now_text = text_of(now)
local holder, lease, default_ttl, again = ARGV[1], ARGV[2], ARGV[3], ARGV[4] == '1'
local refused, ready, tokens, waiting = {}, {}, {}, false
-- One argument for all: reading it is cheaper than a call with thousands.
local list = cjson.decode(ARGV[5])
local number = #list / 5
local was_empty = probe() == 0
for i = 5, #list, 5 do
  if list[i] ~= '' then
    for _, set in ipairs({ 'scheduled', 'deferred', 'outbox' }) do call('ZCARD', base .. set) end
    call('HLEN', base .. 'watched')
    break
  end
end
local seq = next_seq(number) - number

-- Judges parents in this queue now; those elsewhere are registered by the caller, who is reminded by the outbox.
local function judge(rest)
  local need, canceled, foreign, fields = 0, nil, false, {}
  for _, p in ipairs(rest.parents) do
    local outcome, payload = 'new', ''
    if p.here then
      outcome, payload = outcome_of(p.id)
      if outcome == 'gone' then return nil, p.ref end
    else
      foreign = true
    end
    local value = 'w' .. p.allow
    if outcome == 'new' then
      value = 'n' .. p.allow
    elseif outcome == 'finished' then
      value = 'd' .. payload
    elseif outcome == 'failed' and p.allow == 1 then
      value = 'e'
    elseif outcome == 'failed' or outcome == 'stopped' then
      value = 'f' .. p.allow
    end
    local letter = string.sub(value, 1, 1)
    if outcome == 'canceled' then
      canceled = p.ref
      letter = 'c'
    end
    if letter ~= 'd' and letter ~= 'e' then need = need + 1 end
    p.letter = letter
    fields[#fields + 1] = p.ref
    fields[#fields + 1] = value
  end
  return { need = need, canceled = canceled, foreign = foreign, fields = fields }
end

local ALIVE = { queued = true, scheduled = true, deferred = true, limited = true, started = true }

-- The job that has a unique key, and its state. Without a time of its own the key is free once that job has ended.
local function holder_of(unique)
  local lock = call('GET', base .. 'unique:' .. unique.key)
  if not lock then return nil end
  local other = string.gsub(lock, '^=', '')
  local r = read(other, 'fn', 'st')
  local st = r[1] and (r[2] or 'queued')
  if ALIVE[st] or lock ~= other then return other, st end
end

-- Takes a unique key. Answers the job that keeps it instead, as one does that the new job depends on.
local function contend(id, unique, parents)
  local other, st = holder_of(unique)
  if other and other ~= id then
    if unique.mode == 'reject' then return other end
    if unique.mode == 'existing' and st then return other end
    for _, p in ipairs(parents) do
      if p.here and p.id == other then return other end
    end
    -- One that a worker has claimed runs to its end.
    if unique.mode == 'replace' and ALIVE[st] and st ~= 'started' and call('ZREM', base .. st, other) == 1 then
      cancel(other, 'replaced by job ' .. id, now, default_ttl)
    end
  end
  if unique.ms then
    call('SET', base .. 'unique:' .. unique.key, '=' .. id, 'PX', unique.ms)
  else
    call('SET', base .. 'unique:' .. unique.key, id)
  end
end

local function store(id, key, rest, verdict)
  local function set(name, value)
    if value then call('HSET', key, name, value) end
  end
  set('pr', rest.priority)
  set('front', rest.front)
  set('meta', rest.meta)
  set('x', rest.ttl and now + rest.ttl)
  set('uq', rest.unique and rest.unique.key)
  set('lk', rest.limit)
  set('lc', rest.concurrency)
  set('lr', rest.rate)
  set('fx', rest.fx)
  set('sg', rest.sig)
  for _, tag in ipairs(rest.tags or {}) do pcall(enter_index, id, 'tag:' .. tag, now) end
  if rest.unique or rest.limit or rest.fx then call('HSET', base .. 'watched', id, '!') end
  local due = rest.due or rest.delay and now + rest.delay
  set('due', due)
  if verdict then
    -- Lua hands over some thousands of arguments at most.
    for first = 1, #verdict.fields, 1000 do
      call('HSET', base .. 'parents:' .. id, unpack(verdict.fields, first, math.min(first + 999, #verdict.fields)))
    end
    call('HSET', key, 'aux', 1)
    if verdict.need > 0 then
      call('HSET', key, 'st', 'deferred', 'need', verdict.need)
      call('ZADD', base .. 'deferred', now, id)
      for _, p in ipairs(rest.parents) do
        if p.here and (p.letter == 'w' or p.letter == 'f') then
          call('ZADD', base .. 'dependents:' .. p.id, next_seq(1), id .. '@' .. rest.queue)
          -- A failed parent is watched again when it is requeued.
          if p.letter == 'w' then
            local watch = call('HGET', base .. 'watched', p.id)
            if not watch or not string.find(watch, '+', 1, true) then
              call('HSET', base .. 'watched', p.id, '+,' .. (watch or ''))
            end
          end
        end
      end
      if verdict.canceled then
        call('ZREM', base .. 'deferred', id)
        cancel(id, 'its dependency ' .. verdict.canceled .. ' was canceled', now, default_ttl)
      elseif verdict.foreign then
        call('ZADD', base .. 'outbox', now + 5000, 'reg:' .. id)
      end
      return false
    end
  end
  if due and due > now and holder == '' then
    call('HSET', key, 'st', 'scheduled')
    call('ZADD', base .. 'scheduled', due, id)
    local first = call('ZRANGE', base .. 'scheduled', 0, 0)
    if first[1] == id then ring() end
    return false
  end
  if due then call('HDEL', key, 'due') end
  return true
end

local function queue_up()
  if #ready > 0 then call('ZADD', base .. 'queued', unpack(ready)) end
  waiting = waiting or #ready > 0
  ready = {}
end

for i = 1, #list, 5 do
  local index, id, fn, args, opts, rest = (i - 1) / 5, list[i], list[i + 1], list[i + 2], list[i + 3], list[i + 4]
  local key = job_key(id)
  seq = seq + 1
  if rest == '' and holder == '' then
    -- Most jobs: nothing special, and an id that nobody else can have. If not all fields are new, this is a call sent again.
    local new
    if opts == '' then
      new = call('HSET', key, 'fn', fn, 'args', args, 'at', now_text) == 3
    else
      new = call('HSET', key, 'fn', fn, 'args', args, 'at', now_text, 'opts', opts) == 4
    end
    if new then
      ready[#ready + 1] = text_of(seq)
      ready[#ready + 1] = id
      if ARGV[6] ~= '' then call('HSET', base .. 'watched', id, ARGV[6]) end
    end
  elseif call('EXISTS', key) == 1 then
    local r = again and read(id, 'fn', 'args')
    local token = again and holder ~= '' and call('HGET', base .. 'started:' .. holder, id)
    if not (r and r[1] == fn and r[2] == args) then
      refused[#refused + 1] = { index, 'duplicate', '' }
    elseif token then
      tokens[#tokens + 1] = id
      tokens[#tokens + 1] = token
    end
  else
    if rest == '' then rest = nil end
    local verdict, missing
    if rest and rest.parents then
      verdict, missing = judge(rest)
    end
    local other = not missing and rest and rest.unique and contend(id, rest.unique, rest.parents or {})
    if missing then
      refused[#refused + 1] = { index, 'parent', missing }
    elseif other then
      refused[#refused + 1] = { index, rest.unique.mode == 'existing' and 'existing' or 'unique', other }
    else
      if opts == '' then
        call('HSET', key, 'fn', fn, 'args', args, 'at', now_text)
      else
        call('HSET', key, 'fn', fn, 'args', args, 'at', now_text, 'opts', opts)
      end
      local band = (rest and rest.priority or 0) * BAND
      if not rest or store(id, key, rest, verdict) then
        if holder ~= '' then
          tokens[#tokens + 1] = id
          tokens[#tokens + 1] = '0:' .. text_of(band + seq)
        elseif rest and rest.front then
          -- Also ahead of those that came before it in this call.
          queue_up()
          ready = { front_of(band, band + seq), id }
          queue_up()
        else
          ready[#ready + 1] = text_of(band + seq)
          ready[#ready + 1] = id
        end
      end
    end
  end
end

local flags = call('HMGET', base .. 'flags', 'paused', 'suspended', 'tail')

-- How long a worker that was heard of counts as idle: it looks at its queues twice in that time.
local IDLE_MS = 10000
local MOST_BYTES = 65536

-- A lone job that finds its queue empty and a worker idle is claimed for that worker and sent to it by its own channel, which spares both
-- the way by the bell. A worker that is gone has nobody on that channel, and the job is queued as any other.
local function hand_to_idle(score, id, fn, args, is_plain)
  if #args > MOST_BYTES or pause_left(flags, now) ~= -1 then return false end
  local idle = redis.pcall('ZPOPMAX', base .. 'idle')
  if not idle[1] or tonumber(idle[2]) + IDLE_MS < now then return false end
  local lease_ms, worker = string.match(idle[1], '^(%d+):(.+)$')
  if not worker then return false end
  local token = call('HINCRBY', base .. 'stats', 'claims', '1') .. ':' .. score
  local job = cjson.encode({ id, token, fn, args, not is_plain and call('HGETALL', job_key(id)) })
  local heard = redis.pcall('PUBLISH', ARGV[7] .. worker, 'job ' .. string.match(base, '{(.*)}') .. ' ' .. job)
  if heard == 0 or type(heard) == 'table' then return false end
  call('ZADD', base .. 'workers', 'GT', text_of(now + lease_ms), worker)
  call('HSET', base .. 'started:' .. worker, id, token)
  return true
end

local is_handed = number == 1 and was_empty and #ready == 2 and ARGV[7] ~= '' and (list[5] == '' or not list[5].limit)
  and hand_to_idle(ready[1], list[1], list[2], list[3], list[4] == '' and list[5] == '')
if not is_handed then
  queue_up()
  if waiting then ring() end
end
if #tokens > 0 then
  call('ZADD', base .. 'workers', 'GT', now + lease, holder)
  call('HSET', base .. 'started:' .. holder, unpack(tokens))
  for i = 1, #tokens, 2 do call('HSET', job_key(tokens[i]), 'st', 'started', 'on', now, 'w', holder) end
end
if flags[3] and whole(flags[3], 0) > now then tell_enqueued(now, list, refused) end
return { refused, tokens, owed }
