-- A value too long for a listpack. In a listpack every new field is looked for among all others, which for a batch of some
-- hundred costs more than all else of a claim; a hash that ever held one long value stays a hash table.
local function hold(mine, started)
  if #started > 60 then
    call('HSET', mine, '~', string.rep('~', 65), unpack(started))
    call('HDEL', mine, '~')
  elseif #started > 0 then
    call('HSET', mine, unpack(started))
  end
end

-- Whether a job with a limit may begin. If not it has been put where it waits: among the limited ones until a place falls free,
-- or in `scheduled` for its turn under the rate. The rate is kept as the time until which it is used up (GCRA,
-- https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm); a turn is given out once.
local function admit(id, key, score, limit, concurrency, rate, has_turn, now)
  local running = base .. 'running:' .. limit
  concurrency = concurrency and whole(concurrency)
  local max, per = string.match(rate or '', '^(%d+):(%d+)$')
  max, per = whole(max, 0), whole(per, 0)
  if concurrency and call('SCARD', running) >= concurrency then
    sweep(running)
    if call('SCARD', running) >= concurrency then
      call('HSET', key, 'st', 'limited')
      call('ZADD', base .. 'limited', score, id)
      call('ZADD', base .. 'limited:' .. limit, score, id)
      return false
    end
  end
  if max > 0 and per > 0 and not has_turn then
    local each = per / max
    local used = math.max(tonumber(call('GET', base .. 'rate:' .. limit)) or 0, now)
    local turn = used - (per - each)
    call('SET', base .. 'rate:' .. limit, string.format('%.3f', used + each), 'PXAT', math.ceil(used + each + 1))
    if turn > now then
      turn = text_of(math.ceil(turn))
      call('HSET', key, 'st', 'scheduled', 'due', turn, 'lp', 1)
      call('ZADD', base .. 'scheduled', turn, id)
      return false
    end
  end
  if has_turn then call('HDEL', key, 'lp') end
  if concurrency then call('SADD', running, id) end
  return true
end

-- So much goes out in one reply. A worker's connection is a subscriber's, which Redis closes at 32 MB (client-output-buffer-limit): what one such
-- reply took with it would be given back, claimed anew and lost again, for ever.
local REPLY_BYTES = 4194304

-- The scores of some priorities: a band reaches half below its first number, for what was put to its front.
local function edges(lowest, highest)
  return text_of(lowest * BAND - HALF), text_of(highest * BAND + HALF - 1)
end

local function pop_between(low, high, want)
  local popped = call('ZRANGE', base .. 'queued', low, high, 'BYSCORE', 'LIMIT', 0, want, 'WITHSCORES')
  for i = 1, #popped, 2 do call('ZREM', base .. 'queued', popped[i]) end
  return popped
end

-- So many are worth three commands more.
local MANY = 16

-- Takes up to `want` jobs out of the queue, the first ones, of `waiting` at least: a list of ids and scores, and nil; or, of many that came one after the other, a
-- list of ids and the first one's score. Redis writes out each score as the double that it is, which costs half of what ZPOPMIN does.
local function pop(want, waiting)
  if want >= MANY and waiting >= want then
    local last = text_of(want - 1)
    local first = call('ZRANGE', base .. 'queued', '0', '0', 'WITHSCORES')
    local final = call('ZRANGE', base .. 'queued', last, last, 'WITHSCORES')
    if final[2] and final[2] - first[2] == want - 1 then
      local ids = call('ZRANGE', base .. 'queued', '0', last)
      call('ZREMRANGEBYRANK', base .. 'queued', '0', last)
      return ids, tonumber(first[2])
    end
  end
  return call('ZPOPMIN', base .. 'queued', text_of(want)), nil
end

-- Hands over the first of many jobs that came one after the other, until one of them has more to say than its function and its arguments: most
-- have not, and this is what all of them pay for. The values of such a record tell all, and cost half of what it costs with the names: its
-- function never begins with a bracket, and its arguments do, unless a codec wrote them. The worker makes their tokens itself. Answers how many,
-- and their bytes.
local function hand_plain(popped, first, claim, jobs, started)
  local get, byte, records, most = try, string.byte, job_key(''), REPLY_BYTES
  local bytes, last, n, m = 0, nil, 0, 0
  -- Ten numbers have all but the last digit in common; to write out each would take twice as long.
  local digits, digit = { [0] = '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' }, first % 10
  local tens = first < 10 and claim or string.format('%s%d', claim, (first - digit) / 10)
  for i = 1, #popped do
    local id = popped[i]
    local record = get('HVALS', records .. id)
    local says, args = record[1], record[2]
    if not args or record[3] or byte(args) ~= 91 or bytes > most then return i - 1, bytes end
    if says ~= last then
      if says == '' then return i - 1, bytes end
      last = says
      n = n + 1
      jobs[n] = { says, claim, text_of(first + i - 1) }
    end
    bytes = bytes + #args
    jobs[n + 1] = id
    n = n + 2
    jobs[n] = args
    started[m + 1] = id
    m = m + 2
    started[m] = tens .. digits[digit]
    if digit == 9 then
      digit = 0
      tens = string.format('%s%d', claim, (first + i) / 10)
    else
      digit = digit + 1
    end
  end
  return #popped, bytes
end

-- So many that must run alone are passed over in one call.
local MOST_PASSED = 100

-- Hands jobs to a worker: four values a job, its id, the token of the claim, its field `fn`, empty where it is that of the job before, and its
-- arguments; or instead of the last two its whole record, where that has more to say, and an empty text. Of many the first ones come in runs: a
-- list of the field `fn`, and of what the first one's token is made of, a text and a number which the others count on; then two values a job, its
-- id and its arguments. A list of nothing else but an empty text says that four values a job follow. `al` marks a job that runs alone
-- because a worker died with it, so that a poison job cannot drag its neighbours over the limit of recoveries.
-- One that has to wait for that is passed over, for others from behind it, between two scores. Answers the jobs, whether any was passed over, and
-- whether nothing else is left there.
local function hand_over(worker, popped, first, now, begin, held, default_ttl, low, high)
  local jobs, started, back, records = {}, {}, {}, job_key('')
  -- A token is this call's number and the job's place in the queue, which it gets back when it is given back.
  local claim = call('HINCRBY', base .. 'stats', 'claims', '1') .. ':'
  local alone, now_text = false, text_of(now)
  local held_now, bytes, last = 0, 0, nil
  if first and first >= 0 and not begin then held_now, bytes = hand_plain(popped, first, claim, jobs, started) end
  if held_now > 0 and held_now < #popped then jobs[#jobs + 1] = { '' } end
  local from, all_passed, stuck = held_now + 1, 0, false
  repeat
    local passed = 0
    for i = from, #popped, first and 1 or 2 do
      local id, place = popped[i], first and first + i - 1 or popped[i + 1]
      local key = records .. id
      -- All of it at once is cheaper than the fields by name: a waiting job has few.
      local record = bytes < REPLY_BYTES and try('HGETALL', key)
      local says, args, present, attempt, over, marked, limit, concurrency, rate, has_turn = record, '', false, 1
      local fields = record and #record or 0
      if fields == 4 and record[1] == 'fn' and record[3] == 'args' and record[2] ~= '' then
        -- Most jobs. A damaged one without a function must not be read as the one before.
        says, args, present, fields = record[2], record[4], true, 0
        bytes = bytes + #args
      end
      for f = 1, fields, 2 do
        local name, value = record[f], record[f + 1]
        bytes = bytes + #value
        if name == 'fn' or name == 'args' then
          present = true
        elseif name == 'n' then
          attempt = whole(value, 0) + 1
        elseif name == 'x' then
          over = whole(value)
        elseif name == 'al' then
          marked = true
        elseif name == 'lk' then
          limit = value
        elseif name == 'lc' then
          concurrency = value
        elseif name == 'lr' then
          rate = value
        elseif name == 'lp' then
          has_turn = true
        end
      end
      if not record then
        back[#back + 1] = place
        back[#back + 1] = id
      elseif not present then
        write_off(id)
      elseif over and over <= now then
        cancel(id, 'its time to wait in the queue (ttl) was over', now, default_ttl)
      elseif alone or (marked and (held > 0 or held_now > 0)) then
        if not alone then passed = passed + 1 end
        back[#back + 1] = place
        back[#back + 1] = id
      elseif not limit or admit(id, key, place, limit, concurrency, rate, has_turn, now) then
        alone = marked
        local token = first and string.format('%s%d', claim, place) or claim .. place
        started[2 * held_now + 1] = id
        started[2 * held_now + 2] = token
        local n = #jobs
        jobs[n + 1] = id
        jobs[n + 2] = token
        jobs[n + 3] = says == last and '' or says
        jobs[n + 4] = args
        last = says
        held_now = held_now + 1
        if begin or alone then
          call('HSET', key, 'st', 'started', 'on', now_text, 'w', worker)
          if attempt > 1 then call('HSET', key, 'n', attempt) end
        end
      end
    end
    all_passed = all_passed + passed
    local goes_on = passed > 0 and not alone and low
    if goes_on then
      popped = all_passed < MOST_PASSED and pop_between(low, high, passed) or {}
      first, from, stuck = nil, 1, #popped < 2 * passed
    end
  until not goes_on or #popped == 0
  if #back > 0 then call('ZADD', base .. 'queued', unpack(back)) end
  hold(base .. 'started:' .. worker, started)
  -- One text for all: for the client a list of thousands of values is dearer to read.
  return #jobs > 0 and cjson.encode(jobs) or '', all_passed > 0, stuck and not alone
end
