-- Stores new jobs: queued, scheduled, deferred, or canceled where a parent was.
-- KEYS  1 the queue's prefix
-- ARGV  1 holder (a worker that takes the jobs at once, or empty)  2 its lease ms  3 default failure ttl
--       4 '1' when sent again  5 the jobs as one JSON list of runs: each a function, options JSON or '', an object of what only some
--       jobs have or '', and id and arguments of each job that has these  6 the channel of a client that awaits all of them, or ''
--       7 what the channels of workers begin with, or ''
-- Returns {refusals, tokens, owed, forgotten}, where a list that is empty is 0: refusals = {index, code, detail} ...; forgotten = of a queue
-- that was, a time that tells this forgetting from any other, else absent
-- Sent again after a lost reply, a job that stands there with the same function and arguments is this one.
--@include base
--@include flags
--@include place
--@include conclude
--@include settle
--@include accept
--@include hand
--@early clock text_of job_key whole probe next_seq ring pause_left hand_to_idle
local now = clock()
local now_text = text_of(now)
local holder, lease, default_ttl, again = ARGV[1], ARGV[2], ARGV[3], ARGV[4] == '1'
local refused, ready, tokens, waiting = {}, {}, {}, false
-- One argument for all: reading it is cheaper than a call with thousands.
local runs = cjson.decode(ARGV[5])
local number, others = 0, false
for _, run in ipairs(runs) do
  number = number + (#run - 3) / 2
  others = others or run[3] ~= ''
end
local was_empty = probe() == 0
if others then
  for _, set in ipairs({ 'scheduled', 'deferred', 'outbox' }) do call('ZCARD', base .. set) end
  call('HLEN', base .. 'watched')
end
local seq = next_seq(number) - number

local function queue_up()
  if #ready > 0 then call('ZADD', base .. 'queued', unpack(ready)) end
  waiting = waiting or #ready > 0
  ready = {}
end

local index, records = -1, job_key('')

-- Most jobs: nothing special, and an id that nobody else can have. If not all fields are new, this is a call sent again.
local function add_plain(run)
  local fn, opts, watcher, format, n = run[1], run[2], ARGV[6], string.format, #ready
  for i = 4, #run, 2 do
    local id, new = run[i], nil
    index, seq = index + 1, seq + 1
    if opts == '' then
      new = call('HSET', records .. id, 'fn', fn, 'args', run[i + 1], 'at', now_text) == 3
    else
      new = call('HSET', records .. id, 'fn', fn, 'args', run[i + 1], 'at', now_text, 'opts', opts) == 4
    end
    if new then
      ready[n + 1] = format('%d', seq)
      ready[n + 2] = id
      n = n + 2
      if watcher ~= '' then call('HSET', base .. 'watched', id, watcher) end
    end
  end
end

local function add(run, i)
  local fn, opts, rest, id, args = run[1], run[2], run[3], run[i], run[i + 1]
  local key = records .. id
  index, seq = index + 1, seq + 1
  if call('EXISTS', key) == 1 then
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
    local other = not missing and rest and rest.unique and contend(id, rest.unique, rest.parents or {}, now, default_ttl)
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
      if not rest or store(id, key, rest, verdict, holder, now, default_ttl) then
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

for _, run in ipairs(runs) do
  if run[3] == '' and holder == '' then
    add_plain(run)
  else
    for i = 4, #run, 2 do add(run, i) end
  end
end

local flags = call('HMGET', base .. 'flags', 'paused', 'suspended', 'tail', 'forgotten')

local first = runs[1]
local is_handed = number == 1 and was_empty and #ready == 2 and ARGV[7] ~= '' and (first[3] == '' or not first[3].limit)
  and hand_to_idle(ARGV[7], flags, now, ready[1], first[4], first[1], first[5], first[2] == '' and first[3] == '')
if not is_handed then
  queue_up()
  if waiting then ring() end
end
if #tokens > 0 then
  call('ZADD', base .. 'workers', 'GT', text_of(now + lease), holder)
  call('HSET', base .. 'started:' .. holder, unpack(tokens))
  for i = 1, #tokens, 2 do call('HSET', job_key(tokens[i]), 'st', 'started', 'on', now, 'w', holder) end
end
if flags[3] and whole(flags[3], 0) > now then tell_enqueued(now, runs, refused) end
local forgotten
if flags[4] then
  forgotten = whole(flags[4], 0)
  if forgotten <= now then
    call('HDEL', base .. 'flags', 'forgotten')
    forgotten = nil
  end
end
return { #refused > 0 and refused or 0, #tokens > 0 and tokens or 0, #owed > 0 and owed or 0, forgotten }
