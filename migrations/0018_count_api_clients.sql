-- Counts what is there now, not what was there when the statement began that asks: it may have waited for a lock since.
CREATE FUNCTION "count_api_clients"("organization" uuid, "at_most" integer) RETURNS integer
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  RETURN (SELECT count(*) FROM (SELECT FROM "api_clients" WHERE "organization_id" = organization LIMIT at_most) AS counted);
END
$$;
