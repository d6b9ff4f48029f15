-- Stores new jobs: queued, scheduled, deferred, or canceled where a parent was.
-- KEYS  1 the queue's prefix
-- ARGV  1 holder (a worker that takes the jobs at once, or empty)  2 its lease ms  3 default failure ttl
--       4 '1' when sent again  5 the jobs as one JSON list: for each its id, function, arguments, options JSON or '', and an object
--       of what only some jobs have or ''  6 the channel of a client that awaits all of them, or ''
--       7 what the channels of workers begin with, or ''
-- Returns {refusals, tokens, owed, forgotten}: refusals = {index, code, detail} ...; forgotten = of a queue that was, a time that tells
-- this forgetting from any other, else absent
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

local flags = call('HMGET', base .. 'flags', 'paused', 'suspended', 'tail', 'forgotten')

local is_handed = number == 1 and was_empty and #ready == 2 and ARGV[7] ~= '' and (list[5] == '' or not list[5].limit)
  and hand_to_idle(ARGV[7], flags, now, ready[1], list[1], list[2], list[3], list[4] == '' and list[5] == '')
if not is_handed then
  queue_up()
  if waiting then ring() end
end
if #tokens > 0 then
  call('ZADD', base .. 'workers', 'GT', text_of(now + lease), holder)
  call('HSET', base .. 'started:' .. holder, unpack(tokens))
  for i = 1, #tokens, 2 do call('HSET', job_key(tokens[i]), 'st', 'started', 'on', now, 'w', holder) end
end
if flags[3] and whole(flags[3], 0) > now then tell_enqueued(now, list, refused) end
local forgotten
if flags[4] then
  forgotten = whole(flags[4], 0)
  if forgotten <= now then
    call('HDEL', base .. 'flags', 'forgotten')
    forgotten = nil
  end
end
return { refused, tokens, owed, forgotten }
