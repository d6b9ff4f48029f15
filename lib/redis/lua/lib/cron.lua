-- What the arrows of cron entries start from; KEYS[1] is `funq:{:cron}:`, see CRON_KEYS in keys.ts.

-- The revision of a definition, its first field: found without reading the arguments behind it.
local function rev_of(definition)
  return string.match(definition, '^{"rev":"([^"]+)"')
end

-- The part of a revision that speaks for the schedule alone.
local function schedule_of(rev)
  return string.match(rev, '^[^.]+')
end

-- Sets or clears the next slot, and tells the workers, who sleep until the one they know of.
local function put_due(name, slot, channel)
  if slot == '' then
    call('ZREM', base .. 'due', name)
  else
    call('ZADD', base .. 'due', slot, name)
    if channel then call('PUBLISH', channel, name) end
  end
end
