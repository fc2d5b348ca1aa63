package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	"gopkg.in/yaml.v3"
)

// floor is the program as the least that any tool has to do for a plan: it reads every zone
// of the service into structs, and every zone file into YAML nodes, as many at the same time
// as the tool that is measured. It compares nothing and keeps nothing.
func floor(ctx context.Context, o *options) error {
	if o.url != "" {
		if err := readLive(ctx, o); err != nil {
			return err
		}
	}
	return parseFiles(o)
}

type floorZone struct {
	UUID        string        `json:"uuid"`
	Domain      string        `json:"domain"`
	CreatedAt   string        `json:"created_at"`
	RecordCount int           `json:"record_count"`
	Records     []floorRecord `json:"records"`
}

type floorRecord struct {
	UUID      string `json:"uuid"`
	Type      string `json:"record_type"`
	Name      string `json:"name"`
	Value     string `json:"value"`
	TTL       int    `json:"ttl"`
	Priority  *int   `json:"priority"`
	CreatedAt string `json:"created_at"`
}

// A floorClient reads from the API and nothing more.
type floorClient struct {
	http  *http.Client
	token string
}

// get decodes an answer. A call that the service refuses for its rate is made again.
func (c *floorClient) get(ctx context.Context, url string, into any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	resp, err := c.http.Do(r)
	for err == nil && resp.StatusCode == http.StatusTooManyRequests {
		resp.Body.Close()
		time.Sleep(retryAfter)
		resp, err = c.http.Do(r)
	}
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("get %s: %s", url, resp.Status)
	}
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		return fmt.Errorf("get %s: %w", url, err)
	}
	_, err = io.Copy(io.Discard, resp.Body) // so that the connection can be used again
	return err
}

func readLive(ctx context.Context, o *options) error {
	c := &floorClient{&http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: o.concurrency}}, o.token}
	var zones []floorZone
	for next := o.url + "/dns-zones/"; next != ""; {
		var page struct {
			Next    string      `json:"next"`
			Results []floorZone `json:"results"`
		}
		if err := c.get(ctx, next, &page); err != nil {
			return err
		}
		zones, next = append(zones, page.Results...), page.Next
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(o.concurrency)
	for _, z := range zones {
		g.Go(func() error {
			var detail floorZone
			if err := c.get(ctx, o.url+"/dns-zones/"+z.UUID+"/", &detail); err != nil {
				return err
			}
			if len(detail.Records) != detail.RecordCount {
				return fmt.Errorf("zone %s: got %d records, expected %d", z.Domain, len(detail.Records), detail.RecordCount)
			}
			return nil
		})
	}
	return g.Wait()
}

func parseFiles(o *options) error {
	var g errgroup.Group
	g.SetLimit(o.concurrency)
	err := filepath.WalkDir(o.dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case d.IsDir() || filepath.Ext(path) != ".yaml":
			return nil
		}
		g.Go(func() error {
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			var node yaml.Node
			if err := yaml.Unmarshal(text, &node); err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			return nil
		})
		return nil
	})
	if waited := g.Wait(); err == nil {
		err = waited
	}
	return err
}
