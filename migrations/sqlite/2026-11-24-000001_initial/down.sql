DROP TABLE event_types;
DROP TABLE attempts;
DROP TABLE deliveries;
DROP TABLE event_keys;
DROP TABLE events;
DROP TABLE webhooks;
DROP TABLE tenants;
