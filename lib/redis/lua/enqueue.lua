-- Stores new jobs: queued, scheduled, deferred, or canceled where a parent was.
-- KEYS  1 the queue's prefix
-- ARGV  1 holder (a worker that takes the jobs at once, or empty)  2 its lease ms  3 default failure ttl
--       4 '1' when sent again  5 the jobs as a JSON list of runs: each a function, options JSON or '', an object of what only some
--       jobs have or '', and how many jobs have these  6 id and arguments of each job (redis/pack.ts)
--       7 the channel of a client that awaits all of them, or ''  8 what the channels of workers begin with, or ''
--       of one job without such an object: 5 its function  6 its options  9 its id  10 its arguments
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
--@early clock text_of texts_of job_key whole probe next_seq ring pause_left hand_to_idle
local now = clock()
local now_text = text_of(now)
local holder, lease, default_ttl, again = ARGV[1], ARGV[2], ARGV[3], ARGV[4] == '1'
local refused, ready, tokens, waiting = {}, {}, {}, false
-- One argument for all: reading it is cheaper than a call with thousands.
local runs, texts
if ARGV[9] then
  runs, texts = { { ARGV[5], ARGV[6], '', 1 } }, { ARGV[9], ARGV[10] }
else
  runs, texts = cjson.decode(ARGV[5]), texts_of(ARGV[6])
end
local number, others = 0, false
for i = 1, #runs do
  number = number + runs[i][4]
  others = others or runs[i][3] ~= ''
end
local was_empty = probe() == 0
if others then
  for _, set in ipairs({ 'scheduled', 'deferred', 'outbox' }) do call('ZCARD', base .. set) end
  call('HLEN', base .. 'watched')
end
local seq = next_seq(number) - number
local last_digits = number >= 16 and { [0] = '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' }

local index, records = -1, job_key('')
local add

for r = 1, #runs do
  local run = runs[r]
  if run[3] == '' and holder == '' then
    -- Most jobs: nothing special, and an id that nobody else can have. If not all fields are new, this is a call sent again.
    -- Of their numbers ten have all but the last digit in common; to write out each would take twice as long.
    local made, opts, watcher, n = now_text .. ' ' .. run[1], run[2], ARGV[7], #ready
    local set, format, all, digit = call, string.format, opts == '' and 2 or 3, (seq + 1) % 10
    local tens = last_digits and format('%d', (seq + 1 - digit) / 10)
    for i = 2 * index + 3, 2 * (index + run[4]) + 2, 2 do
      local id, args, new = texts[i], texts[i + 1]
      if all == 2 then
        new = set('HSET', records .. id, 'fn', made, 'args', args)
      else
        new = set('HSET', records .. id, 'fn', made, 'args', args, 'opts', opts)
      end
      seq = seq + 1
      if new == all then
        ready[n + 1] = tens and tens .. last_digits[digit] or format('%d', seq)
        n = n + 2
        ready[n] = id
        if watcher ~= '' then set('HSET', base .. 'watched', id, watcher) end
      end
      if digit ~= 9 then
        digit = digit + 1
      elseif tens then
        digit, tens = 0, format('%d', (seq + 1) / 10)
      end
    end
    index = index + run[4]
  else
    -- Made where it is needed: what it takes from around it would cost most calls more than their job does.
    add = add or function(run)
      local fn, opts, rest = run[1], run[2], run[3]
      index, seq = index + 1, seq + 1
      local id, args = texts[2 * index + 1], texts[2 * index + 2]
      local key = records .. id
      if call('EXISTS', key) == 1 then
        local r = again and read(id, 'fn', 'args')
        local token = again and holder ~= '' and call('HGET', base .. 'started:' .. holder, id)
        local _, other = made_of(r and r[1])
        if not (r and other == fn and r[2] == args) then
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
          if rest and rest.own then take_over(id) end
          if opts == '' then
            call('HSET', key, 'fn', now_text .. ' ' .. fn, 'args', args)
          else
            call('HSET', key, 'fn', now_text .. ' ' .. fn, 'args', args, 'opts', opts)
          end
          local band = (rest and rest.priority or 0) * BAND
          if not rest or store(id, key, rest, verdict, holder, now, default_ttl) then
            if holder ~= '' then
              tokens[#tokens + 1] = id
              tokens[#tokens + 1] = '0:' .. text_of(band + seq)
            elseif rest and rest.front then
              -- Also ahead of those that came before it in this call.
              if #ready > 0 then call('ZADD', base .. 'queued', unpack(ready)) end
              call('ZADD', base .. 'queued', front_of(band, band + seq), id)
              waiting, ready = true, {}
            else
              ready[#ready + 1] = text_of(band + seq)
              ready[#ready + 1] = id
            end
          end
        end
      end
    end
    for _ = 1, run[4] do add(run) end
  end
end

local flags = call('EXISTS', base .. 'flags') == 1 and call('HMGET', base .. 'flags', 'paused', 'suspended', 'tail', 'forgotten') or {}

local first = runs[1]
local is_handed = number == 1 and was_empty and #ready == 2 and ARGV[8] ~= '' and (first[3] == '' or not first[3].limit)
  and hand_to_idle(ARGV[8], flags, now, ready[1], texts[1], now_text .. ' ' .. first[1], texts[2], first[2] == '' and first[3] == '')
if not is_handed then
  if #ready > 0 then call('ZADD', base .. 'queued', unpack(ready)) end
  if waiting or #ready > 0 then ring() end
end
if #tokens > 0 then
  call('ZADD', base .. 'workers', 'GT', text_of(now + lease), holder)
  call('HSET', base .. 'started:' .. holder, unpack(tokens))
  for i = 1, #tokens, 2 do call('HSET', job_key(tokens[i]), 'st', 'started', 'on', now, 'w', holder) end
end
if flags[3] and whole(flags[3], 0) > now then tell_enqueued(now, texts, refused) end
local forgotten
if flags[4] then
  forgotten = whole(flags[4], 0)
  if forgotten <= now then
    call('HDEL', base .. 'flags', 'forgotten')
    forgotten = nil
  end
end
return { #refused > 0 and refused or 0, #tokens > 0 and tokens or 0, #owed > 0 and owed or 0, forgotten }
